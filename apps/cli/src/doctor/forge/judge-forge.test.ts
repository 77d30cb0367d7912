import { expect, test } from "bun:test"
import { join } from "node:path"
import { parseWebhook } from "@bot-bottle/forge"
import { FIXTURES_FOLDER, readJson } from "@bot-bottle/testkit"
import { Glob } from "bun"
import {
  HEARD_EVENTS,
  judgeAccount,
  judgeHooks,
  judgeLabels,
  judgeProtections,
  judgeRepository,
  judgeScopes,
} from "./judge-forge.ts"

const LEAST = ["read:organization", "read:user", "write:issue", "write:repository"]

// biome-ignore format: a table
test.each([
  // scopes                                          state   detail
  [LEAST,                                            "ok",   LEAST.join(", ")],
  [["write:issue", "write:repository", "write:organization", "write:user"], "note", "more than the bot needs: write:organization, write:user"],
  [["write:issue", "read:user"],                     "fail", "missing: write:repository, read:organization"],
  [["read:issue", "write:repository", "read:organization", "read:user"], "fail", "missing: write:issue"],
  [[...LEAST, "write:admin"],                        "note", "more than the bot needs: write:admin"],
  [[...LEAST, "public-only"],                        "note", "public-only: private repositories are out of reach"],
  ["all",                                            "note", "every scope: more than the bot needs"],
  ["hidden",                                         "note", "this forge does not tell a token's scopes"],
] as const)("token scopes %j: %s, %s", (scopes, state, detail) => {
  expect(judgeScopes(scopes)).toMatchObject({ state, detail })
})

test("an administrator's account is a note, any other is fine", () => {
  expect(judgeAccount({ name: "runbot", isAdmin: false })).toEqual({
    check: "bot account",
    state: "ok",
    detail: "runbot",
  })
  expect(judgeAccount({ name: "root", isAdmin: true })).toMatchObject({
    state: "note",
    fix: expect.stringContaining("step 1"),
  })
})

// biome-ignore format: a table
test.each([
  [{},                          "ok",   "runbot may read and push; default branch main"],
  [{ mayPush: false },          "fail", "runbot may not push"],
  [{ isArchived: true },        "fail", "it is archived"],
  [{ hasIssues: false },        "fail", "its issues are switched off"],
  [{ hasPullRequests: false },  "fail", "its pull requests are switched off"],
] as const)("a repository with %j: %s, %s", (own, state, detail) => {
  const facts = { defaultBranch: "main", mayPush: true, isArchived: false, hasIssues: true, hasPullRequests: true, ...own }
  expect(judgeRepository(facts, "runbot")).toMatchObject({ state, detail })
})

// biome-ignore format: a table
test.each([
  [["bug", "bot-bottle:fixer"],           "ok",   "for fixer"],
  [["bug"],                               "fail", "no label begins with bot-bottle:"],
  [["bot-bottle:fixer", "bot-bottle:x"],  "note", "no agent here is called x"],
  [["bot-bottle-bottle:dev"],             "fail", "no label begins with bot-bottle:"],
  ["hidden",                              "note", "the token may not see them"],
] as const)("labels %j: %s, %s", (labels, state, detail) => {
  expect(judgeLabels(labels, ["fixer"])).toMatchObject({ state, detail })
})

/** As Gitea lists them for the boxes that step 6 names. */
const ALL_EVENTS = [
  "issues",
  "issue_assign",
  "issue_label",
  "issue_comment",
  "pull_request",
  "pull_request_comment",
  "pull_request_review",
]

// biome-ignore format: a table
test.each([
  [{},                                    "ok",   "http://h/"],
  [{ isActive: false },                   "fail", "none is active"],
  [{ contentType: "form" },               "fail", "none has the content type application/json"],
  [{ events: ["push"] },                  "fail", "http://h/ does not receive new issues"],
  [{ events: ["issues", "issue_comment"] }, "note", "http://h/ does not receive comments on pull requests, reviews, closed pull requests: they are up to 5 minutes late"],
] as const)("a webhook with %j: %s, %s", (own, state, detail) => {
  const hook = { id: 1, owner: "repository" as const, branchFilter: "", url: "http://h/", isActive: true, contentType: "json", events: ALL_EVENTS, ...own }
  expect(judgeHooks([hook])).toMatchObject({ state, detail })
})

test("the webhook that docs/forge.md makes receives everything that the orchestrator acts on", async () => {
  const manual = await Bun.file(join(FIXTURES_FOLDER, "../docs/forge.md")).text()
  const events = readJson(/"events": (\[.*?\])/.exec(manual)?.[1] ?? "", ["string"])
  const hook = {
    id: 1,
    owner: "repository",
    branchFilter: "",
    url: "http://h/",
    isActive: true,
    contentType: "json",
  } as const
  expect(judgeHooks([{ ...hook, events }])).toMatchObject({ state: "ok" })

  // Their names: a number, the event, its type at the webhook, and the action.
  const names = [...new Glob("*.raw").scanSync(join(FIXTURES_FOLDER, "forge/webhooks"))].map((name) => name.split("-"))
  const heard = names.filter(([, event = ""]) => parseWebhook(event, "{}").kind !== "unknown")
  expect(heard.length).toBeGreaterThan(10)
  const covers = (type: string, event: string) => type === event || type.startsWith(`${event}_`)
  expect(heard.filter(([, , type = ""]) => !HEARD_EVENTS.some((event) => covers(type, event)))).toEqual([])
})

test("no webhook is a failure; a hidden one is a note that says how to see it", () => {
  expect(judgeHooks([])).toMatchObject({ state: "fail", detail: "there is none" })
  expect(judgeHooks("hidden")).toMatchObject({ state: "note", fix: expect.stringContaining("FORGE_ADMIN_TOKEN") })
})

const OWN = { rule: "bot-bottle/**", protectsWorkflows: true, pushers: "writers" } as const
const MAIN = { rule: "main", protectsWorkflows: false, pushers: "nobody" } as const

// biome-ignore format: a table
test.each([
  [[OWN, MAIN],                                             ["ok", "ok"]],
  [[OWN],                                                   ["ok", "note"]],
  [[MAIN],                                                  ["note", "ok"]],
  [[OWN, { ...MAIN, pushers: "writers" }],                  ["ok", "note"]],
  [[OWN, { ...MAIN, pushers: ["alice"] }],                  ["ok", "ok"]],
  [[OWN, { ...MAIN, pushers: ["alice", "Runbot"] }],        ["ok", "note"]],
  [[{ ...OWN, pushers: ["runbot"] }, MAIN],                 ["ok", "ok"]],
  [[{ ...OWN, pushers: ["alice"] }, MAIN],                  ["fail", "ok"]],
  [[{ ...OWN, pushers: "nobody" }, MAIN],                   ["fail", "ok"]],
  [[{ ...OWN, rule: "**", pushers: "nobody" }, MAIN],       ["fail", "ok"]],
  [[{ ...OWN, protectsWorkflows: false }, MAIN],            ["note", "ok"]],
  [[],                                                      ["note", "note"]],
  ["hidden",                                                ["note"]],
] as const)("protections %j: %j", (rules, states) => {
  const found = judgeProtections(rules, { defaultBranch: "main", bot: "runbot" })
  expect(found.map(({ state }) => state)).toEqual([...states])
})
