import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { FIXTURES_FOLDER } from "@bot-bottle/testkit"
import { ForgeError } from "../forge-error.ts"
import { giteaOptions, openStandInGitea, STAND_IN_TOKEN, type StandInGitea } from "../testing/index.ts"
import { createGitea, type GiteaOptions } from "./gitea.ts"

test("readIssue: a recorded answer, nulls and all", async () => {
  await using recorded = await openRecorded("issue.json")
  expect(await recorded.client.readIssue(1)).toMatchObject({
    number: 1,
    title: "Widget is blue",
    body: "please make it green",
    state: "open",
    author: "alice",
    assignees: [],
    labels: [],
    isPullRequest: false,
  })
})

test("readIssue: a pull request seen as an issue", async () => {
  await using recorded = await openRecorded("pr-as-issue.json")
  expect((await recorded.client.readIssue(4)).isPullRequest).toBe(true)
})

test.each([
  // file            state     merged
  ["pr.json", "open", false],
  ["pr-created.json", "open", false],
  ["pr-merged.json", "closed", true],
] as const)("readPullRequest: %s is %s, merged %p", async (file, state, isMerged) => {
  await using recorded = await openRecorded(file)
  expect(await recorded.client.readPullRequest(4)).toMatchObject({
    state,
    isMerged,
    base: "main",
    isHeadInRepository: true,
  })
})

test("readRepositoryIdentity: what a recorded answer says of itself, whatever the host calls it", async () => {
  const { body } = await Bun.file(`${FIXTURES_FOLDER}/forge/pr.json`).json()
  await using gitea = openStandInGitea()
  // A Gitea writes times in its own zone.
  for (const created_at of [body.base.repo.created_at, "2026-11-28T04:24:37+01:00"])
    gitea.interrupt.push(() => Response.json({ ...body.base.repo, created_at }))
  const read = () => client(gitea, { owner: "ACME", repo: "Widgets" }).readRepositoryIdentity()
  const identity = { id: "acme/widgets 1 2026-11-28T03:24:37.000Z", owner: "acme", repo: "widgets" }
  expect([await read(), await read()]).toEqual([identity, identity])
})

test("readRepositoryIdentity: an invalid time is an error, not an identity", async () => {
  await using gitea = openStandInGitea()
  gitea.interrupt.push(() => Response.json({ id: 1, full_name: "acme/widgets", created_at: "" }))
  await expect(client(gitea).readRepositoryIdentity()).rejects.toBeInstanceOf(ForgeError)
})

test("a null body and a missing user become empty text", async () => {
  await using gitea = openStandInGitea()
  gitea.interrupt.push(() => Response.json([{ id: 3, user: null, body: null, created_at: "2026-11-28T03:25:12Z" }]))
  expect(await client(gitea).readComments(1)).toEqual([
    { id: 3, user: "", body: "", createdAt: "2026-11-28T03:25:12Z" },
  ])
})

test("readComments: 120 comments, once each, in order, though the server ignores pages", async () => {
  await using gitea = openStandInGitea()
  const { number } = gitea.world.addIssue({})
  for (let i = 0; i < 120; i++) gitea.world.addComment(number, "alice", `${i}`)
  const comments = await client(gitea).readComments(number)
  expect(comments.map(({ body }) => body)).toEqual(Array.from({ length: 120 }, (_, i) => `${i}`))
  expect(gitea.calls.length).toBe(1)
})

test("readComments ends on a server that repeats its page and gives no count", async () => {
  await using gitea = openStandInGitea()
  const page = Array.from({ length: 50 }, (_, i) => ({ id: i + 1, user: { login: "a" }, body: "", created_at: "" }))
  gitea.interrupt.push(
    () => Response.json(page),
    () => Response.json(page),
  )
  expect((await client(gitea).readComments(1)).length).toBe(50)
  expect(gitea.calls.length).toBe(2)
})

test("listOpenIssues: every page, no pull request", async () => {
  await using gitea = openStandInGitea()
  for (let i = 0; i < 70; i++) gitea.world.addIssue({})
  gitea.world.addIssue({ pull: { head: "x", base: "main", merged: false, fromFork: false } })
  const numbers = (await client(gitea).listOpenIssues()).map(({ number }) => number).sort((a, b) => a - b)
  expect(numbers).toEqual(Array.from({ length: 70 }, (_, i) => i + 1))
})

test.each([
  // comment answers   who asked about
  [204, "alice", true],
  [404, "mallory", false],
] as const)("isOrgMember: %d for %s is %p", async (_status, user, isMember) => {
  await using gitea = openStandInGitea()
  expect(await client(gitea).isOrgMember("bot-bottle", user)).toBe(isMember)
})

test("isOrgMember: 303 says that the bot is not in the organization, never 'no'", async () => {
  await using gitea = openStandInGitea({ members: ["alice"] })
  await expect(client(gitea).isOrgMember("bot-bottle", "alice")).rejects.toThrow(
    "the bot's account is not a member of the organization bot-bottle",
  )
})

test.each([200, 201, 299])("isOrgMember: %d is a member", async (status) => {
  await using gitea = openStandInGitea()
  gitea.interrupt.push(() => new Response(null, { status }))
  expect(await client(gitea).isOrgMember("bot-bottle", "alice")).toBe(true)
})

test("updateDescription sends the version it read, and once more after a conflict", async () => {
  await using gitea = openStandInGitea()
  const issue = gitea.world.addIssue({ body: "old", contentVersion: 7 })
  const stale = () => Response.json(null, { status: 409 })
  gitea.interrupt.push(
    () => gitea.answer({ method: "GET", path: `/api/v1/repos/acme/widgets/issues/${issue.number}`, body: "" }),
    stale,
  )
  await client(gitea).updateDescription(issue.number, "new")
  expect(issue).toMatchObject({ body: "new", contentVersion: 8 })
  expect(gitea.calls.map(({ method }) => method)).toEqual(["GET", "PATCH", "GET", "PATCH"])
  expect(JSON.parse(gitea.calls[1]?.body ?? "")).toEqual({ body: "new", content_version: 7 })
})

test("updateDescription gives up after the second conflict and says why", async () => {
  await using gitea = openStandInGitea()
  const { number } = gitea.world.addIssue({ body: "old" })
  const asIs = () => gitea.answer({ method: "GET", path: `/api/v1/repos/acme/widgets/issues/${number}`, body: "" })
  const stale = () => Response.json(null, { status: 409 })
  gitea.interrupt.push(asIs, stale, asIs, stale)
  await expect(client(gitea).updateDescription(number, "new")).rejects.toMatchObject({ status: 409 })
})

test("postComment on a missing issue is 404, not the server's 500", async () => {
  await using gitea = openStandInGitea()
  await expect(client(gitea).postComment(99, "hello")).rejects.toMatchObject({ status: 404 })
})

test.each([
  // what is found                          by
  ["number is a pull request", "itself", {}],
  ["the state remembers one", "state", { knownPr: async () => 31 }],
  ["the run's branch has one", "branch", { branchPrefix: async () => "bot-bottle/fixer-abc12/" }],
  ["one closes the issue", "timeline", {}],
  ["nothing", "none", {}],
] as const)("getPrForIssue: %s", async (_claim, by, own) => {
  await using gitea = openStandInGitea()
  const { number } = gitea.world.addIssue({})
  const pull = (head: string, body: string, fromFork = false) =>
    gitea.world.addIssue({ body, pull: { head, base: "main", merged: false, fromFork } }).number
  const closing = by === "timeline" ? pull("x", `Closes #${number}`) : undefined
  if (by === "branch") pull("bot-bottle/fixer-abc12/a", "", true)
  const branch = by === "branch" ? pull("bot-bottle/fixer-abc12/a", "") : undefined
  const asked = by === "itself" ? pull("x", "") : number
  const expected = { itself: asked, state: 31, branch, timeline: closing, none: null }[by]
  expect(await client(gitea, own).getPrForIssue(asked)).toBe(expected as number | null)
})

test.each([
  // segment   who names it
  ["..", "owner"],
  [".", "owner"],
  ["", "owner"],
] as const)("%p never becomes a path segment", async (owner) => {
  await using gitea = openStandInGitea()
  await expect(client(gitea, { owner }).readIssue(1)).rejects.toThrow("cannot be part of an address")
  expect(gitea.calls).toEqual([])
})

test.each([
  // user                sent as
  ["a/../../repos/x", "/api/v1/orgs/bot-bottle/members/a%2F..%2F..%2Frepos%2Fx"],
  ["a?token=x", "/api/v1/orgs/bot-bottle/members/a%3Ftoken%3Dx"],
  ["a#b c", "/api/v1/orgs/bot-bottle/members/a%23b%20c"],
  ["%2e%2e", "/api/v1/orgs/bot-bottle/members/%252e%252e"],
] as const)("segment %p is sent as one segment", async (user, path) => {
  await using gitea = openStandInGitea()
  await client(gitea).isOrgMember("bot-bottle", user)
  expect(gitea.calls.map((call) => call.path)).toEqual([path])
})

test.each([0, -1, 1.5, Number.NaN, 1e20])("number %p is refused before anything is sent", async (number) => {
  await using gitea = openStandInGitea()
  await expect(client(gitea).readIssue(number)).rejects.toBeInstanceOf(ForgeError)
  expect(gitea.calls).toEqual([])
})

test("a trailing slash of the base URL is dropped, and no content type is sent without a body", async () => {
  await using gitea = openStandInGitea()
  const { number } = gitea.world.addIssue({})
  expect((await client(gitea, { api: `${gitea.api}/` }).readIssue(number)).number).toBe(number)
  expect(gitea.calls[0]?.path).toBe(`/api/v1/repos/acme/widgets/issues/${number}`)
})

test("a redirect is an error that says so, and the token does not travel", async () => {
  await using gitea = openStandInGitea()
  await using elsewhere = openStandInGitea()
  gitea.interrupt.push(
    () => new Response("<a>Moved</a>", { status: 301, headers: { location: `${elsewhere.api}/user` } }),
  )
  await expect(client(gitea).readIssue(1)).rejects.toThrow("renamed or moved (301)")
  expect(elsewhere.calls).toEqual([])
})

test("an archived repository is named as the reason", async () => {
  await using gitea = openStandInGitea()
  gitea.world.isArchived = true
  const { number } = gitea.world.addIssue({})
  await expect(client(gitea).postComment(number, "x")).rejects.toThrow("the repository is archived (423)")
})

test("an error carries status, method, path and a short body, never the token", async () => {
  await using gitea = openStandInGitea()
  gitea.interrupt.push(() => new Response(`you sent token ${STAND_IN_TOKEN} ${"x".repeat(9_000)}`, { status: 418 }))
  const error = await client(gitea)
    .readIssue(7)
    .catch((thrown: ForgeError) => thrown)
  expect(error).toMatchObject({ status: 418, method: "GET", path: "/repos/acme/widgets/issues/7" })
  expect(JSON.stringify(error) + String(error)).not.toContain(STAND_IN_TOKEN)
  expect((error as ForgeError).body.length).toBe(2_000)
})

test("no answer in time is an error of status 0", async () => {
  await using gitea = openStandInGitea()
  const held = Promise.withResolvers<Response>()
  gitea.interrupt.push(() => held.promise)
  await expect(client(gitea, { timeoutMs: 50 }).readIssue(1)).rejects.toMatchObject({ status: 0, body: "" })
  held.resolve(new Response())
})

test.each([
  ["text that is not JSON", () => new Response("<html>"), "not JSON"],
  ["another shape", () => Response.json({ number: "1" }), "not what Gitea 1.26 gives (at number)"],
  ["an empty body", () => new Response(null, { status: 200 }), "not what Gitea 1.26 gives"],
] as const)("an answer of %s is an error", async (_what, answer, why) => {
  await using gitea = openStandInGitea()
  gitea.interrupt.push(answer)
  await expect(client(gitea).readIssue(1)).rejects.toThrow(why)
})

test("a wrong token is 401, as an error", async () => {
  await using gitea = openStandInGitea()
  await expect(client(gitea, { token: new Secret("wrong") }).readOwnName()).rejects.toMatchObject({ status: 401 })
})

test.each([
  // recorded           the stand-in's own
  ["issue.json", "issue"],
  ["pr.json", "pull"],
  ["comment-created.json", "comment"],
  ["reviews.json", "review"],
] as const)("the stand-in writes the keys of %s", async (file, kind) => {
  const recorded = await Bun.file(`${FIXTURES_FOLDER}/forge/${file}`).json()
  const body = Array.isArray(recorded.body) ? recorded.body[0] : recorded.body
  await using gitea = openStandInGitea()
  const issue = gitea.world.addIssue(
    kind === "issue" ? {} : { pull: { head: "x", base: "main", merged: false, fromFork: false } },
  )
  gitea.world.addComment(issue.number, "alice", "x")
  gitea.world.addReview(issue.number, "alice", "x")
  const path = { issue: "issues/1", pull: "pulls/1", comment: "issues/1/comments", review: "pulls/1/reviews" }[kind]
  const answer = await (
    await gitea.answer({ method: "GET", path: `/api/v1/repos/acme/widgets/${path}`, body: "" })
  ).json()
  expect(Object.keys(Array.isArray(answer) ? answer[0] : answer).sort()).toEqual(Object.keys(body).sort())
})

function client(gitea: StandInGitea, own: Partial<GiteaOptions> = {}) {
  return createGitea(giteaOptions(gitea, own))
}

async function openRecorded(file: string) {
  const { body } = await Bun.file(`${FIXTURES_FOLDER}/forge/${file}`).json()
  const gitea = openStandInGitea()
  gitea.interrupt.push(() => Response.json(body))
  return { client: client(gitea), [Symbol.asyncDispose]: () => gitea[Symbol.asyncDispose]() }
}
