import { expect, test } from "bun:test"
import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { StoredKey } from "@bot-bottle/contracts"
import { openTempFolder } from "@bot-bottle/testkit"
import { listLogins, openSecretFinder, removeLogin, saveLogin } from "./login-store.ts"

const KEY = "sk-ant-api03-not-a-real-key"

test("saveLogin: kept for its owner alone, replaced whole, listed by provider with the default first", async () => {
  await using root = await openTempFolder()
  const saved = [
    login({ provider: "codex", variable: "OPENAI_API_KEY" }),
    login({ name: "work", secret: "second" }),
    login({ secret: "old" }),
    login({}),
  ]
  for (const each of saved) saveLogin(root.path, each)
  expect(
    listLogins(root.path).map((login) => [login.provider, login.name, "secret" in login ? login.secret : login.file]),
  ).toEqual([
    ["claude", "default", KEY],
    ["claude", "work", "second"],
    ["codex", "default", KEY],
  ])
  const folder = join(root.path, "credentials")
  expect(readdirSync(folder).sort()).toEqual(["claude-default.json", "claude-work.json", "codex-default.json"])
  expect([folder, join(folder, "claude-default.json")].map((path) => statSync(path).mode & 0o777)).toEqual([
    0o700, 0o600,
  ])
})

test("openSecretFinder: the environment wins, then the default login; a named one is never taken by itself", async () => {
  await using root = await openTempFolder()
  saveLogin(root.path, login({}))
  saveLogin(root.path, login({ provider: "codex", name: "work", variable: "OPENAI_API_KEY" }))
  const find = openSecretFinder(root.path, (name) => (name === "GIVEN" ? "from the environment" : undefined))
  expect(["GIVEN", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OTHER"].map(find)).toEqual([
    "from the environment",
    KEY,
    undefined,
    undefined,
  ])
  expect(openSecretFinder(root.path, () => "mine")("ANTHROPIC_API_KEY")).toBe("mine")
})

test("removeLogin: says whether there was one", async () => {
  await using root = await openTempFolder()
  saveLogin(root.path, login({}))
  const choice = { provider: "claude", name: "default" }
  expect([removeLogin(root.path, choice), removeLogin(root.path, choice), listLogins(root.path)]).toEqual([
    true,
    false,
    [],
  ])
})

test.each([0o640, 0o604, 0o660])("a login with mode %o is refused, with the fix and without its text", async (mode) => {
  await using root = await openTempFolder()
  saveLogin(root.path, login({}))
  const path = join(root.path, "credentials/claude-default.json")
  chmodSync(path, mode)
  expect(() => listLogins(root.path)).toThrow(`${path} can be read by other users`)
})

// biome-ignore format: a table
test.each([
  ["{",                                                   "it is not valid JSON"],
  [JSON.stringify({ ...login({}), version: 2 }),          "'version' is invalid"],
  [JSON.stringify({ ...login({}), name: "../x" }),        "'name' is invalid"],
  [JSON.stringify({ ...login({}), variable: "lower" }),   "'variable' is invalid"],
] as const)("a file that is invalid is named with what is wrong, and never quoted: %#", async (text, problem) => {
  await using root = await openTempFolder()
  saveLogin(root.path, login({}))
  writeFileSync(join(root.path, "credentials/claude-default.json"), text)
  const message = messageOf(() => listLogins(root.path))
  expect([message.includes(problem), message.includes(KEY)]).toEqual([true, false])
})

function messageOf(work: () => void): string {
  try {
    work()
  } catch (error) {
    return String(error)
  }
  return ""
}

function login(change: Partial<StoredKey>): StoredKey {
  const base = { version: 1, provider: "claude", name: "default", variable: "ANTHROPIC_API_KEY" } as const
  return { ...base, secret: KEY, savedAt: "2026-11-28T10:00:00.000+00:00", ...change }
}
