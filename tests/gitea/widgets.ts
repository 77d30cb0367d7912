// The repository that the tests work on: acme/widgets on a real Gitea, with the bot, a member, and a
// stranger who may read.

import { BOT_SCOPES, ORG, openRealGitea, type RealGitea } from "./real-gitea.ts"

export interface Widgets extends AsyncDisposable {
  readonly gitea: RealGitea
  readonly botToken: string
  readonly aliceToken: string
  readonly malloryToken: string
  /** Below `/repos/acme/widgets`. */
  repo(method: string, path: string, body?: object, token?: string): Promise<unknown>
  addIssue(issue: {
    readonly title: string
    readonly body: string
    readonly labels?: readonly string[]
  }): Promise<number>
  comments(number: number): Promise<readonly { readonly user: string; readonly body: string }[]>
}

const REPO = "/repos/acme/widgets"

export async function openWidgets(): Promise<Widgets> {
  await using opened = new AsyncDisposableStack()
  const gitea = opened.use(await openRealGitea())
  const { call } = gitea
  for (const username of ["runbot", "alice", "mallory"])
    await call("POST", "/admin/users", {
      username,
      email: `${username}@example.test`,
      password: "a-password-of-this-test",
      must_change_password: false,
    })
  const [botToken, aliceToken, malloryToken] = await Promise.all([
    gitea.createToken("runbot", BOT_SCOPES),
    gitea.createToken("alice", "all"),
    gitea.createToken("mallory", "all"),
  ])
  for (const username of [ORG, "acme"]) await call("POST", "/orgs", { username, visibility: "private" })
  const team = (await call("POST", `/orgs/${ORG}/teams`, {
    name: "operators",
    permission: "read",
    units: ["repo.issues"],
  })) as {
    id: number
  }
  for (const name of ["runbot", "alice"]) await call("PUT", `/teams/${team.id}/members/${name}`)
  await call("POST", "/orgs/acme/repos", { name: "widgets", private: true, auto_init: true, default_branch: "main" })
  for (const [name, permission] of [
    ["runbot", "write"],
    ["alice", "admin"],
    ["mallory", "read"],
  ])
    await call("PUT", `${REPO}/collaborators/${name}`, { permission })
  const repo: Widgets["repo"] = (method, path, body, token) => call(method, `${REPO}${path}`, body, token)

  const all = opened.move()
  return {
    gitea,
    botToken,
    aliceToken,
    malloryToken,
    repo,
    async addIssue({ title, body, labels = [] }) {
      const ids: number[] = []
      for (const name of labels) ids.push(await labelId(repo, name))
      const made = await repo("POST", "/issues", { title, body, labels: ids, assignees: ["alice"] }, aliceToken)
      return (made as { number: number }).number
    },
    async comments(number) {
      const found = (await repo("GET", `/issues/${number}/comments`)) as { user: { login: string }; body: string }[]
      return found.map(({ user, body }) => ({ user: user.login, body }))
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

async function labelId(repo: Widgets["repo"], name: string): Promise<number> {
  const known = (await repo("GET", "/labels")) as { id: number; name: string }[]
  const found = known.find((label) => label.name === name)
  if (found !== undefined) return found.id
  return ((await repo("POST", "/labels", { name, color: "#ededed" })) as { id: number }).id
}
