import { expect, test } from "bun:test"
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openTempFolder } from "@bot-bottle/testkit"
import { holdsMoreThan } from "./holds-more-than.ts"

test("holdsMoreThan: files in every depth count, holes and what links point to do not", async () => {
  await using folder = await openTempFolder()
  const tree = join(folder.path, "tree")
  mkdirSync(join(tree, "a/b"), { recursive: true })
  writeFileSync(join(tree, "a/b/file"), new Uint8Array(200_000).fill(1))
  writeFileSync(join(folder.path, "outside"), new Uint8Array(5_000_000).fill(1))
  symlinkSync(join(folder.path, "outside"), join(tree, "link"))
  symlinkSync("..", join(tree, "a/loop"))
  writeFileSync(join(tree, "sparse"), "x")
  truncateSync(join(tree, "sparse"), 10_000_000_000)
  expect([100_000, 1_000_000].map((limit) => holdsMoreThan(tree, limit))).toEqual([true, false])
  expect(holdsMoreThan(join(folder.path, "nowhere"), 0)).toBe(false)
})
