// The stand-in Gitea as the story's forge.

import { openStandInGit, openStandInGitea, type StandInGitea, type StandInHook } from "@bot-bottle/forge/testing"
import type { StoryForge } from "./story-forge.ts"

export async function openStandInForge(): Promise<StoryForge & AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const gitea: StandInGitea = opened.use(openStandInGitea())
  const remote = opened.use(await openStandInGit(gitea))
  const { world } = gitea
  let hook: StandInHook | undefined
  const deliver = async (event: string, action: string, number: number) => {
    if (hook !== undefined) await gitea.deliver(hook, event, gitea.payload(action, number))
  }
  const find = (number: number) => {
    const issue = world.issues.get(number)
    if (issue === undefined) throw new RangeError(`no issue ${number}`)
    return issue
  }
  const all = opened.move()
  return {
    api: gitea.api,
    token: gitea.token,
    async connect(url, secret) {
      hook = { url, secret }
    },
    async openIssue({ title, body, label }) {
      const { number } = world.addIssue({ title, body, assignees: ["alice"], labels: [label] })
      await deliver("issues", "assigned", number)
      return number
    },
    async comment(number, user, body) {
      world.addComment(number, user, body)
      await deliver("issue_comment", "created", number)
    },
    async closePullRequest(number) {
      find(number).state = "closed"
      await deliver("pull_request", "closed", number)
    },
    comments: async (number) => find(number).comments.map(({ user, body }) => ({ user, body })),
    readBody: async (number) => find(number).body,
    readFile: (branch, path) => remote.git("show", `${branch}:${path}`),
    findCommit: (branch) => remote.git("rev-parse", branch),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
