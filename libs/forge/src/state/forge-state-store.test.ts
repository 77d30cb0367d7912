import { expect, test } from "bun:test"
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { createForgeStateConformance, sampleState } from "../testing/index.ts"
import { createForgeStateStore } from "./forge-state-store.ts"

createForgeStateConformance("files", async () => {
  const root = await openTempFolder()
  return {
    store: createForgeStateStore(root.path),
    another: createForgeStateStore(root.path),
    damage: (text) => place(root.path, "acme/widgets/issue-17.json", text),
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  }
})

test("write then read gives the same record, at its path, in the agreed form", async () => {
  await using root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  await store.write(sampleState())
  expect(await store.read(sampleState())).toEqual(sampleState())
  const path = join(root.path, "forge/acme/widgets/issue-17.json")
  const text = await readFile(path, "utf8")
  const keys = Object.keys(JSON.parse(text))
  expect(keys).toEqual([...keys].sort())
  expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(path, ".."))).toEqual(["issue-17.json"])
})

test("all() passes over other files", async () => {
  await using root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  await store.write(sampleState())
  await place(root.path, "acme/widgets/.half.tmp", "{")
  await place(root.path, "stray.txt", "x")
  const { states, unreadable } = await store.all()
  expect([states, unreadable]).toEqual([[sampleState()], []])
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
  await expect(store.write({ ...sampleState(), owner, repo, issue_number })).rejects.toThrow(
    "invalid repository or issue",
  )
  await expect(store.read({ owner, repo, issue_number })).rejects.toThrow("invalid repository or issue")
  expect(await readdir(root.path)).toEqual([])
})

test("twenty writers at once leave one whole record and no other file", async () => {
  await using root = await openTempFolder()
  const store = createForgeStateStore(root.path)
  await Promise.all(
    Array.from({ length: 20 }, (_, pr_number) => store.write({ ...sampleState(), pr_number: pr_number + 1 })),
  )
  expect((await store.all()).states.length).toBe(1)
  expect(await readdir(join(root.path, "forge/acme/widgets"))).toEqual(["issue-17.json"])
})

async function place(root: string, path: string, text: string): Promise<string> {
  const full = join(root, "forge", path)
  await mkdir(join(full, ".."), { recursive: true })
  await writeFile(full, text)
  return full
}
