import { expect, test } from "bun:test"
import { bytePath } from "@bot-bottle/kernel"
import { pointsInside } from "./git-folder.ts"

// biome-ignore format: a table
test.each([
  // where           what it says                              inside
  ["sub/.git",       "gitdir: ../.git/modules/sub\n",           true],
  ["a/b/.git",       "gitdir: ../../.git/modules/b",             true],
  [".git",           "gitdir: elsewhere\n",                     true],
  [".git",           "gitdir: /home/op/repo/.git/worktrees/x\n", false],
  [".git",           "gitdir: ../other/.git\n",                 false],
  ["sub/.git",       "gitdir: ../../other/.git\n",              false],
  ["sub/.git",       "gitdir: ../../folder/.git\n",             false],
  [".git",           "something else",                           false],
])("a pointer in %s that says %j", (path, text, inside) => {
  expect(pointsInside(bytePath(path), text)).toBe(inside)
})
