// The ten calls against a real Gitea, and the answers that the stand-in imitates.

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { createGitea, ForgeError, type GiteaOptions, inspectGitea, type WatchedForge } from "@bot-bottle/forge"
import { ORG, WHY_NO_GITEA } from "./real-gitea.ts"
import { openWidgets, type Widgets } from "./widgets.ts"

const BRANCH = "bot-bottle/fixer-abc12/work"
const WORKFLOWS = ".gitea/workflows/**;.github/workflows/**;.forgejo/workflows/**"

describe.skipIf(WHY_NO_GITEA !== undefined)(`a real Gitea (${WHY_NO_GITEA ?? "1.26"})`, () => {
  let widgets: Widgets
  let forge: WatchedForge
  let issue = 0
  beforeAll(async () => {
    widgets = await openWidgets()
    forge = client(widgets)
    issue = await widgets.addIssue({ title: "Widget is blue", body: "make it green", labels: ["bot-bottle:fixer"] })
  }, 60_000)
  afterAll(() => widgets[Symbol.asyncDispose]())

  test("the account, the organization, its members and the repository", async () => {
    expect(await forge.readOwnName()).toBe("runbot")
    expect([await forge.hasOrg(ORG), await forge.hasOrg("bot-botle")]).toEqual([true, false])
    expect([await forge.isOrgMember(ORG, "alice"), await forge.isOrgMember(ORG, "ALICE")]).toEqual([true, true])
    expect([await forge.isOrgMember(ORG, "mallory"), await forge.isOrgMember(ORG, "nobody")]).toEqual([false, false])
    expect(await forge.readDefaultBranch()).toBe("main")
  })

  test("two addresses of one Gitea name the same repository, however it is spelt", async () => {
    const identity = await forge.readRepositoryIdentity()
    expect(identity).toMatchObject({ owner: "acme", repo: "widgets" })
    const byAnother = client(widgets, { api: widgets.gitea.api.replace("127.0.0.1", "localhost"), repo: "Widgets" })
    expect(await byAnother.readRepositoryIdentity()).toEqual(identity)
  })

  test("303: a bot that is not in the organization is told so, and 'no' is never said", async () => {
    await expect(client(widgets, { token: widgets.malloryToken }).isOrgMember(ORG, "alice")).rejects.toThrow(
      "the bot's account is not a member of the organization bot-bottle",
    )
  })

  test("an issue, with its author, assignees and labels", async () => {
    expect(await forge.readIssue(issue)).toMatchObject({
      number: issue,
      title: "Widget is blue",
      body: "make it green",
      state: "open",
      author: "alice",
      assignees: ["alice"],
      labels: ["bot-bottle:fixer"],
      isPullRequest: false,
      url: `${widgets.gitea.origin}/acme/widgets/issues/${issue}`,
    })
    await expect(forge.readIssue(9_999)).rejects.toMatchObject({ status: 404 })
    await expect(forge.postComment(9_999, "x")).rejects.toMatchObject({ status: 404 })
  })

  test("120 comments come once each and in order, though Gitea ignores pages", async () => {
    const number = await widgets.addIssue({ title: "Long", body: "" })
    for (let i = 0; i < 120; i++)
      await widgets.repo("POST", `/issues/${number}/comments`, { body: `${i}` }, widgets.aliceToken)
    const comments = await forge.readComments(number)
    expect(comments.map(({ body }) => body)).toEqual(Array.from({ length: 120 }, (_, i) => `${i}`))
    expect((await forge.postComment(number, "the last")).user).toBe("runbot")
  }, 60_000)

  test("the open issues come from every page, and no pull request is among them", async () => {
    for (let i = 0; i < 55; i++) await widgets.repo("POST", "/issues", { title: `issue ${i}` })
    const numbers = (await forge.listOpenIssues()).map(({ number }) => number)
    expect(numbers.length).toBeGreaterThan(55)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers).toContain(issue)
  }, 60_000)

  test("409: a description that somebody edits meanwhile is read again, and written once", async () => {
    await forge.updateDescription(issue, "it should be green")
    expect((await forge.readIssue(issue)).body).toBe("it should be green")
    const stale = await widgets.gitea.ask("PATCH", `/repos/acme/widgets/issues/${issue}`, {
      body: "x",
      content_version: 0,
    })
    expect(stale).toMatchObject({ status: 409, body: { message: expect.stringContaining("already changed") } })
  })

  test("a pull request: opened, found by state, branch and keyword, reviewed, closed", async () => {
    await expect(open(forge)).rejects.toMatchObject({ status: 404 })
    await widgets.repo(
      "POST",
      "/contents/widget.txt",
      {
        content: Buffer.from("green\n").toString("base64"),
        message: "green",
        branch: "main",
        new_branch: BRANCH,
      },
      widgets.botToken,
    )
    const pull = await open(forge, issue)
    expect(pull).toMatchObject({
      state: "open",
      isMerged: false,
      author: "runbot",
      head: BRANCH,
      base: "main",
      isHeadInRepository: true,
    })
    await expect(open(forge)).rejects.toMatchObject({ status: 409 })
    expect(await forge.getPrForIssue(pull.number)).toBe(pull.number)
    expect(await client(widgets, { knownPr: async () => 77 }).getPrForIssue(issue)).toBe(77)
    expect(await client(widgets, { branchPrefix: async () => "bot-bottle/fixer-abc12/" }).getPrForIssue(issue)).toBe(
      pull.number,
    )
    expect(await forge.getPrForIssue(issue)).toBe(pull.number)
    await expect(forge.readPullRequest(issue)).rejects.toMatchObject({ status: 404 })
    await widgets.repo(
      "POST",
      `/pulls/${pull.number}/reviews`,
      {
        event: "COMMENT",
        body: "and blue?",
        comments: [{ path: "widget.txt", body: "this one", new_position: 1 }],
      },
      widgets.aliceToken,
    )
    expect(await forge.listReviews(pull.number)).toMatchObject([
      { user: "alice", body: "and blue?", remarks: [{ path: "widget.txt", body: "this one" }] },
    ])
    expect(await forge.isPrOpen(pull.number)).toBe(true)
    await widgets.repo("PATCH", `/pulls/${pull.number}`, { state: "closed" }, widgets.aliceToken)
    expect(await forge.isPrOpen(pull.number)).toBe(false)
  }, 30_000)

  test.each([
    // segment                 of
    ["../acme", "owner"],
    ["acme%2Fwidgets", "owner"],
    ["widgets?x=y", "repo"],
  ] as const)("%p names no other repository", async (value, part) => {
    await expect(client(widgets, { [part]: value }).readIssue(issue)).rejects.toMatchObject({ status: 404 })
  })

  test("a wrong token is 401, one without the scope is 403 and says which; no error holds a token", async () => {
    const poor = await widgets.gitea.createToken("runbot", "read:issue,read:user")
    const errors = [
      await failure(client(widgets, { token: "0".repeat(40) }).readOwnName()),
      await failure(client(widgets, { token: poor }).postComment(issue, "x")),
    ]
    expect(errors.map(({ status }) => status)).toEqual([401, 403])
    expect(errors[1]?.message).toContain("required=[write:issue]")
    expect(errors.map(String).join()).not.toContain(poor)
  })

  test("labels, webhooks and protections: hidden from the bot, shown to an administrator", async () => {
    await widgets.repo("POST", "/hooks", {
      type: "gitea",
      active: true,
      events: ["issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_comment"],
      config: { url: "http://127.0.0.1:1/", content_type: "json", secret: "s" },
    })
    await widgets.repo("POST", "/branch_protections", {
      rule_name: "bot-bottle/**",
      protected_file_patterns: WORKFLOWS,
    })
    const look = async (token: string) => {
      const { api } = widgets.gitea
      const inspection = inspectGitea({ api, token: new Secret(token), roots: "", owner: "acme", repo: "widgets" })
      return [await inspection.listLabels(), await inspection.listHooks(), await inspection.listProtections()]
    }
    expect(await look(widgets.botToken)).toEqual([["bot-bottle:fixer"], "hidden", "hidden"])
    // As the guide says of FORGE_ADMIN_TOKEN.
    const least = await look(await widgets.gitea.createToken("alice", "read:repository"))
    expect(least.map((found) => Array.isArray(found) && found.length)).toEqual([false, 1, 1])
    expect(await look(widgets.aliceToken)).toMatchObject([
      ["bot-bottle:fixer"],
      [
        {
          url: "http://127.0.0.1:1/",
          isActive: true,
          contentType: "json",
          events: expect.arrayContaining(["issues", "issue_comment"]),
        },
      ],
      [{ rule: "bot-bottle/**", protectsWorkflows: true, pushers: "nobody" }],
    ])
  })

  test("301 and 423: a repository that was renamed or archived is named as the reason, and the token does not travel", async () => {
    await widgets.gitea.call("POST", "/orgs/acme/repos", { name: "old", auto_init: true })
    await widgets.gitea.call("PUT", "/repos/acme/old/collaborators/runbot", { permission: "write" })
    await widgets.gitea.call("POST", "/repos/acme/old/issues", { title: "x" })
    await widgets.gitea.call("PATCH", "/repos/acme/old", { archived: true })
    await expect(client(widgets, { repo: "old" }).postComment(1, "x")).rejects.toThrow(
      "the repository is archived (423)",
    )
    await widgets.gitea.call("PATCH", "/repos/acme/old", { archived: false, name: "new" })
    await expect(client(widgets, { repo: "old" }).readIssue(1)).rejects.toThrow("renamed or moved (301)")
  })

  test("a server that is down is an error of status 0, and the next call after its return works", async () => {
    await widgets.gitea.stop()
    expect(await failure(forge.readIssue(issue))).toMatchObject({
      status: 0,
      message: expect.stringContaining("the forge cannot be reached"),
    })
    await widgets.gitea.start()
    expect((await forge.readIssue(issue)).number).toBe(issue)
  }, 60_000)
})

function client(
  { gitea, botToken }: Widgets,
  own: Partial<Omit<GiteaOptions, "token">> & { readonly token?: string } = {},
) {
  return createGitea({
    api: gitea.api,
    roots: "",
    owner: "acme",
    repo: "widgets",
    knownPr: async () => null,
    branchPrefix: async () => undefined,
    ...own,
    token: new Secret(own.token ?? botToken),
  })
}

function open(forge: WatchedForge, issue = 0) {
  return forge.openPullRequest({ title: "Make it green", body: `Closes #${issue}`, head: BRANCH, base: "main" })
}

async function failure(call: Promise<unknown>): Promise<ForgeError> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof ForgeError) return thrown
  throw new Error("The call did not fail as a forge's does", { cause: thrown })
}
