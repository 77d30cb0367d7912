// The real Gitea as the story's forge. It delivers its own webhooks.

import type { StoryForge } from "../agents/forge-story/story-forge.ts"
import type { Widgets } from "./widgets.ts"

export function realForge({
  gitea,
  botToken,
  aliceToken,
  malloryToken,
  repo,
  addIssue,
  comments,
}: Widgets): StoryForge {
  return {
    api: gitea.api,
    token: botToken,
    async connect(url, secret) {
      await repo("POST", "/hooks", {
        type: "gitea",
        active: true,
        events: ["issues", "issue_comment", "pull_request", "pull_request_comment", "pull_request_review"],
        config: { url, content_type: "json", secret },
      })
    },
    openIssue: ({ label, ...issue }) => addIssue({ ...issue, labels: [label] }),
    async comment(number, user, body) {
      const token = { alice: aliceToken, mallory: malloryToken }[user]
      await repo("POST", `/issues/${number}/comments`, { body }, token)
    },
    async closePullRequest(number) {
      await repo("PATCH", `/pulls/${number}`, { state: "closed" }, aliceToken)
    },
    comments,
    readBody: async (number) => ((await repo("GET", `/issues/${number}`)) as { body: string }).body,
    async readFile(branch, path) {
      const file = (await repo("GET", `/contents/${path}?ref=${encodeURIComponent(branch)}`)) as { content: string }
      return Buffer.from(file.content, "base64").toString()
    },
    async findCommit(branch) {
      const found = (await repo("GET", `/branches/${encodeURIComponent(branch)}`)) as { commit: { id: string } }
      return found.commit.id
    },
  }
}
