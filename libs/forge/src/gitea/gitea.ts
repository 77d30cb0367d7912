// One repository on a Gitea, by calls written by hand: the typed clients encode no path
// segments and follow redirects with the token.

import type { Secret } from "@bot-bottle/contracts"
import * as v from "valibot"
import type { Comment, Issue, NewPullRequest, PullRequest, Review, WatchedForge } from "../forge.ts"
import { ForgeError } from "../forge-error.ts"
import {
  commentAnswer,
  issueAnswer,
  pullAnswer,
  remarkAnswer,
  repositoryAnswer,
  repositoryIdentityAnswer,
  reviewAnswer,
  timelineAnswer,
  userAnswer,
} from "./answers.ts"
import { createParsedCalls, describeCall } from "./parsed-calls.ts"
import { createSendToGitea, type GiteaCall } from "./request.ts"

export interface GiteaOptions {
  /** With `/api/v1`. */
  readonly api: string
  readonly token: Secret
  /** PEM of the roots that its certificate may end in; `""`: those that Bun brings. */
  readonly roots: string
  readonly owner: string
  readonly repo: string
  /** The pull request that the forge state remembers for an issue. */
  readonly knownPr: (issue: number) => Promise<number | null>
  /** The prefix of the branches of the run that works on an issue; undefined when no run does. */
  readonly branchPrefix: (issue: number) => Promise<string | undefined>
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 30_000

export function createGitea(options: GiteaOptions): WatchedForge {
  const { owner, repo, knownPr, branchPrefix } = options
  const send = createSendToGitea({ timeoutMs: TIMEOUT_MS, ...options })
  const inRepo = (...segments: readonly (string | number)[]) => ["repos", owner, repo, ...segments]

  const { ask, list } = createParsedCalls(send)

  const readIssue = (number: number) => ask(issueAnswer, { method: "GET", segments: inRepo("issues", number) })
  const readPullRequest = (number: number) => ask(pullAnswer, { method: "GET", segments: inRepo("pulls", number) })

  /** Gitea answers 500 for a comment on a missing issue: looked up first, the error says 404. */
  async function checkExists(number: number): Promise<void> {
    await readIssue(number)
  }

  async function findOpenPullOf(prefix: string): Promise<number | null> {
    // Gitea ignores `head` in this query, so the comparison is made here.
    const query = { state: "open", sort: "recentupdate" }
    const pulls = await list(pullAnswer, ({ number }) => number, { method: "GET", segments: inRepo("pulls"), query })
    return pulls.find((pull) => pull.isHeadInRepository && pull.head.startsWith(prefix))?.number ?? null
  }

  async function findClosingPull(issue: number): Promise<number | null> {
    const call: GiteaCall = { method: "GET", segments: inRepo("issues", issue, "timeline") }
    const entries = await list(timelineAnswer, ({ id }) => id, call)
    const closing = entries.filter(
      ({ type, ref_action, ref_issue }) => type === "pull_ref" && ref_action === "closes" && ref_issue != null,
    )
    return closing.at(-1)?.ref_issue?.number ?? null
  }

  return {
    readIssue,
    readPullRequest,

    readComments: (number) => {
      const call: GiteaCall = { method: "GET", segments: inRepo("issues", number, "comments") }
      return list(commentAnswer, ({ id }) => id, call).then((all) => [...all].sort((a, b) => a.id - b.id))
    },

    async postComment(number, body): Promise<Comment> {
      await checkExists(number)
      return ask(commentAnswer, { method: "POST", segments: inRepo("issues", number, "comments"), body: { body } })
    },

    async updateDescription(number, body) {
      for (const isLastTry of [false, true]) {
        const { contentVersion } = await readIssue(number)
        const lock = contentVersion === undefined ? {} : { content_version: contentVersion }
        const call: GiteaCall = { method: "PATCH", segments: inRepo("issues", number), body: { body, ...lock } }
        const { status } = await send({ ...call, accepts: [409] })
        if (status !== 409) return
        if (isLastTry)
          throw new ForgeError({
            ...describeCall(call),
            status,
            body: "",
            why: "someone else edits the description at the same time",
          })
      }
    },

    openPullRequest: ({ title, body, head, base }: NewPullRequest): Promise<PullRequest> =>
      ask(pullAnswer, { method: "POST", segments: inRepo("pulls"), body: { title, body, head, base } }),

    async isOrgMember(org, user) {
      const call: GiteaCall = { method: "GET", segments: ["orgs", org, "members", user] }
      const { status } = await send({ ...call, accepts: [404, 303] })
      if (status === 303)
        throw new ForgeError({
          ...describeCall(call),
          status,
          body: "",
          why: `the bot's account is not a member of the organization ${org}, so it cannot see who is`,
        })
      return status !== 404
    },

    async getPrForIssue(number) {
      const issue = await readIssue(number)
      if (issue.isPullRequest) return number
      const prefix = await branchPrefix(number)
      return (
        (await knownPr(number)) ??
        (prefix === undefined ? null : await findOpenPullOf(prefix)) ??
        (await findClosingPull(number))
      )
    },

    isPrOpen: async (number) => (await readPullRequest(number)).state === "open",

    readOwnName: async () => (await ask(userAnswer, { method: "GET", segments: ["user"] })).login,
    hasOrg: async (org) => (await send({ method: "GET", segments: ["orgs", org], accepts: [404] })).status !== 404,
    readDefaultBranch: async () => (await ask(repositoryAnswer, { method: "GET", segments: inRepo() })).default_branch,

    async readRepositoryIdentity() {
      // Its address depends on how a host reaches the Gitea; two Giteas may use one number, not at one second.
      const found = await ask(repositoryIdentityAnswer, { method: "GET", segments: inRepo() })
      const [foundOwner = owner, foundRepo = repo] = found.full_name.split("/")
      const id = `${found.full_name.toLowerCase()} ${found.id} ${new Date(found.created_at).toISOString()}`
      return { id, owner: foundOwner, repo: foundRepo }
    },

    async listOpenIssues(): Promise<readonly Issue[]> {
      const query = { state: "open", type: "issues" }
      const all = await list(issueAnswer, ({ number }) => number, { method: "GET", segments: inRepo("issues"), query })
      // A query that Gitea does not understand answers everything: judged again here.
      return all.filter(({ isPullRequest, state }) => !isPullRequest && state === "open")
    },

    async listReviews(number): Promise<readonly Review[]> {
      const reviews = await list(reviewAnswer, ({ id }) => id, {
        method: "GET",
        segments: inRepo("pulls", number, "reviews"),
      })
      return Promise.all(
        reviews.map(async ({ id, user, body, submitted_at, comments_count }): Promise<Review> => {
          const call: GiteaCall = { method: "GET", segments: inRepo("pulls", number, "reviews", id, "comments") }
          const remarks = comments_count === 0 ? [] : await ask(v.array(remarkAnswer), call)
          return { id, user, body, createdAt: submitted_at, remarks }
        }),
      )
    },
  }
}
