// How Gitea 1.26 writes what the stand-in knows. The keys are those of the recorded answers in
// fixtures/forge; a test compares them.

import type { GiteaWorld, StandInComment, StandInIssue, StandInReview } from "./gitea-world.ts"

const WHEN = "2026-11-28T03:25:09Z"

export function createGiteaJson(world: GiteaWorld, origin: string) {
  const { owner, repo } = world
  const page = `${origin}/${owner}/${repo}`
  const user = (login: string) => ({ id: 2, login, full_name: "", email: `${login}@example.test`, username: login })
  const repository = { id: 1, name: repo, full_name: `${owner}/${repo}` }
  const fullRepository = {
    ...repository,
    owner: user(owner),
    private: true,
    default_branch: world.defaultBranch,
    permissions: { admin: false, push: true, pull: true },
    clone_url: `${page}.git`,
    created_at: WHEN,
  }
  const label = (name: string, index: number) => ({ id: index + 1, name, color: "ededed", description: "" })
  const assignees = ({ assignees: names }: StandInIssue) => ({
    assignee: names[0] === undefined ? null : user(names[0]),
    assignees: names.length === 0 ? null : names.map(user),
  })
  const shared = (issue: StandInIssue) => ({
    id: 100 + issue.number,
    number: issue.number,
    user: user(issue.author),
    title: issue.title,
    body: issue.body,
    labels: issue.labels.map(label),
    milestone: null,
    ...assignees(issue),
    state: issue.state,
    is_locked: false,
    comments: issue.comments.length,
    created_at: WHEN,
    updated_at: WHEN,
    closed_at: issue.state === "closed" ? WHEN : null,
    due_date: null,
    pin_order: 0,
    content_version: issue.contentVersion,
  })
  const branch = (ref: string, repoId: number) => ({
    label: ref,
    ref,
    sha: "0".repeat(40),
    repo_id: repoId,
    repo: fullRepository,
  })

  return {
    user,
    label,
    repository: fullRepository,

    issue: (issue: StandInIssue) => ({
      ...shared(issue),
      url: `${origin}/api/v1/repos/${owner}/${repo}/issues/${issue.number}`,
      html_url: `${page}/${issue.pull === undefined ? "issues" : "pulls"}/${issue.number}`,
      original_author: "",
      original_author_id: 0,
      ref: "",
      assets: [],
      time_estimate: 0,
      pull_request:
        issue.pull === undefined
          ? null
          : { merged: issue.pull.merged, merged_at: null, draft: false, html_url: `${page}/pulls/${issue.number}` },
      repository: { ...repository, owner },
    }),

    pull: (issue: StandInIssue) => ({
      ...shared(issue),
      url: `${page}/pulls/${issue.number}`,
      html_url: `${page}/pulls/${issue.number}`,
      diff_url: `${page}/pulls/${issue.number}.diff`,
      patch_url: `${page}/pulls/${issue.number}.patch`,
      requested_reviewers: [],
      requested_reviewers_teams: [],
      draft: false,
      additions: 1,
      deletions: 0,
      changed_files: 1,
      mergeable: true,
      merged: issue.pull?.merged ?? false,
      merged_at: issue.pull?.merged === true ? WHEN : null,
      merge_commit_sha: null,
      merged_by: null,
      allow_maintainer_edit: true,
      merge_base: "0".repeat(40),
      base: branch(issue.pull?.base ?? "", 1),
      head: branch(issue.pull?.head ?? "", issue.pull?.fromFork === true ? 2 : 1),
    }),

    comment: ({ id, user: author, body, createdAt }: StandInComment, issue: StandInIssue) => ({
      id,
      html_url: `${page}/issues/${issue.number}#issuecomment-${id}`,
      pull_request_url: issue.pull === undefined ? "" : `${page}/pulls/${issue.number}`,
      issue_url: issue.pull === undefined ? `${page}/issues/${issue.number}` : "",
      user: user(author),
      original_author: "",
      original_author_id: 0,
      body,
      assets: [],
      created_at: createdAt,
      updated_at: createdAt,
    }),

    review: ({ id, user: author, body, createdAt, remarks }: StandInReview, issue: StandInIssue) => ({
      id,
      user: user(author),
      team: null,
      state: "COMMENT",
      body,
      commit_id: "0".repeat(40),
      stale: false,
      official: false,
      dismissed: false,
      comments_count: remarks.length,
      submitted_at: createdAt,
      updated_at: createdAt,
      html_url: `${page}/pulls/${issue.number}#issuecomment-${id}`,
      pull_request_url: `${page}/pulls/${issue.number}`,
    }),

    closingEntry: (entry: { readonly id: number; readonly closedBy: number }) => ({
      id: entry.id,
      type: "pull_ref",
      ref_action: "closes",
      ref_issue: { number: entry.closedBy, pull_request: { merged: false } },
    }),
  }
}

export type GiteaJson = ReturnType<typeof createGiteaJson>
