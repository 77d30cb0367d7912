import { expect, test } from "bun:test"
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import type { ForgeState } from "./forge-state.ts"
import { createForgeStateStore } from "./forge-state-store.ts"

test("write then read gives the same record, at its path, in the agreed form", async () => {
  await using root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  await store.write(state())
  expect(await store.read(state())).toEqual(state())
  const path = join(root.path, "forge/acme/widgets/issue-17.json")
  const text = await readFile(path, "utf8")
  const keys = Object.keys(JSON.parse(text))
  expect(keys).toEqual([...keys].sort())
  expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(path, ".."))).toEqual(["issue-17.json"])
})

test("a record that is not there is undefined, and deleting it twice is fine", async () => {
  await using root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  expect(await store.read(state())).toBeUndefined()
  await store.write(state())
  await store.delete(state())
  await store.delete(state())
  expect(await store.read(state())).toBeUndefined()
})

test("missing optional keys get their defaults, unknown ones are dropped", async () => {
  await using root = await openTempFolder()
  const least = {
    owner: "acme",
    repo: "widgets",
    issue_number: 17,
    slug: "fixer-abc12",
    agent_name: "fixer",
    of_a_newer_build: 1,
  }
  await place(root.path, "acme/widgets/issue-17.json", JSON.stringify(least))
  expect(await createForgeStateStore(root.path).read(state())).toEqual(state())
})

test.each([
  ["text that is not JSON", "issue-17.json", "{"],
  ["an unknown status", "issue-17.json", JSON.stringify({ ...state(), status: "melted" })],
  ["no slug", "issue-17.json", JSON.stringify({ ...state(), slug: undefined })],
  ["the record of another issue", "issue-17.json", JSON.stringify({ ...state(), issue_number: 18 })],
  ["the record of another repository", "issue-17.json", JSON.stringify({ ...state(), repo: "other" })],
  ["an empty file", "issue-17.json", ""],
] as const)("%s is skipped by all() and named, and refused by read()", async (_what, name, text) => {
  await using root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  await store.write({ ...state(), issue_number: 3 })
  const path = await place(root.path, `acme/widgets/${name}`, text)
  expect(await store.all()).toEqual({ states: [{ ...state(), issue_number: 3 }], unreadable: [path] })
  await expect(store.read(state())).rejects.toThrow("cannot be read")
})

test("all() sorts by repository and number and passes over other files", async () => {
  await using root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  for (const issue_number of [10, 9]) await store.write({ ...state(), issue_number })
  await store.write({ ...state(), owner: "aaa" })
  await place(root.path, "acme/widgets/.half.tmp", "{")
  await place(root.path, "stray.txt", "x")
  const { states, unreadable } = await store.all()
  expect(states.map(({ owner, issue_number }) => `${owner} ${issue_number}`)).toEqual(["aaa 17", "acme 9", "acme 10"])
  expect(unreadable).toEqual([])
})

test.each([
  ["..", "widgets", 17],
  ["acme", "../x", 17],
  ["acme", ".hidden", 17],
  ["a/b", "widgets", 17],
  ["", "widgets", 17],
  ["acme", "wid\0gets", 17],
  ["acme", "-x", 17],
  ["acme", "x".repeat(101), 17],
  ["acme", "ẃidgets", 17],
  ["acme", "widgets", 0],
  ["acme", "widgets", 1.5],
] as const)("%p/%p#%p never becomes a path", async (owner, repo, issue_number) => {
  await using root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  await expect(store.write({ ...state(), owner, repo, issue_number })).rejects.toThrow("invalid repository or issue")
  await expect(store.read({ owner, repo, issue_number })).rejects.toThrow("invalid repository or issue")
  expect(await readdir(root.path)).toEqual([])
})

test("twenty writers at once leave one whole record and no other file", async () => {
  await using root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  await Promise.all(Array.from({ length: 20 }, (_, pr_number) => store.write({ ...state(), pr_number: pr_number + 1 })))
  expect((await store.all()).states.length).toBe(1)
  expect(await readdir(join(root.path, "forge/acme/widgets"))).toEqual(["issue-17.json"])
})

async function place(root: string, path: string, text: string): Promise<string> {
  const full = join(root, "forge", path)
  await mkdir(join(full, ".."), { recursive: true })
  await writeFile(full, text)
  return full
}

function state(): ForgeState {
  return {
    owner: "acme",
    repo: "widgets",
    issue_number: 17,
    slug: "fixer-abc12",
    agent_name: "fixer",
    bottle_names: [],
    backend_name: "",
    agent_git_user: "",
    web_url: "",
    pr_number: null,
    status: "running",
    last_checkin_at: "",
    launch_id: "",
    launch_kind: "start",
    ending: null,
    seen_comment_id: 0,
    seen_pr_comment_id: 0,
    seen_review_id: 0,
  }
}
