import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { ALONE, bunTest, planRounds } from "./test-files.ts"

// biome-ignore format: a table
test.each([
  // files                 rounds
  [[],                     []],
  [["a"],                  [{ files: ["a"], workers: 1 }]],
  [["a", "b", "c"],        [{ files: ["a", "b", "c"], workers: 2 }]],
  [["a", "lone", "b"],     [{ files: ["a", "b"], workers: 2 }, { title: "one file at a time", files: ["lone"], workers: 1 }]],
  [["lone"],               [{ title: "one file at a time", files: ["lone"], workers: 1 }]],
] as const)("%j runs as %j", (files, rounds) => {
  expect(planRounds(files, 2, { lone: "measures memory" })).toEqual(rounds as never)
})

test("one worker runs every file in one round", () => {
  expect(planRounds(["a", "lone", "b"], 1, { lone: "measures memory" })).toEqual([
    { files: ["a", "lone", "b"], workers: 1 },
  ])
})

test("every file that runs alone is there", () => {
  const root = resolve(import.meta.dir, "../..")
  expect(Object.keys(ALONE).filter((file) => !existsSync(join(root, file)))).toEqual([])
})

test("bunTest names every file as a path, and the workers when there are several", () => {
  expect([bunTest({ files: ["a", "b"], workers: 2 }, 60), bunTest({ files: ["a"], workers: 1 }, 1)]).toEqual([
    ["test", "--only-failures", "--timeout=60000", "--parallel=2", "./a", "./b"],
    ["test", "--only-failures", "--timeout=1000", "./a"],
  ])
})
