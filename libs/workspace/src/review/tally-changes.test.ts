import { expect, test } from "bun:test"
import { rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { writeBaseline } from "../baseline.ts"
import { fill, openTrial } from "../testing/workspace-trial.ts"
import { tallyChanges } from "./tally-changes.ts"

test("tallyChanges: files and lines, and what the original folder has already does not count", async () => {
  using trial = await openTrial({ same: "s\n", edited: "one\ntwo\n", gone: "g\n" })
  fill(trial.workspace, { edited: "one\n2\nthree\n", new: "n\n", both: "b\n" })
  fill(trial.source, { both: "b\n" })
  rmSync(join(trial.workspace, "gone"))
  expect(await tallyChanges(requestOf(trial))).toEqual({ files: 3, lines: { added: 3, removed: 2 } })
})

test("tallyChanges: a file that is not text leaves the lines out", async () => {
  using trial = await openTrial({ a: "a" })
  writeFileSync(join(trial.workspace, "b"), Buffer.from([0, 1, 2]))
  expect(await tallyChanges(requestOf(trial))).toEqual({ files: 1 })
})

test("tallyChanges: a workspace that would take long gets no count, a hole included", async () => {
  using trial = await openTrial({ a: "a" })
  writeFileSync(join(trial.workspace, "hole"), "")
  truncateSync(join(trial.workspace, "hole"), 64 * 1024 ** 2)
  expect(await tallyChanges(requestOf(trial))).toBeUndefined()
})

test("tallyChanges: a workspace that began empty counts nothing until something is written", async () => {
  using trial = await openTrial({ a: "a" })
  rmSync(join(trial.workspace, "a"))
  writeBaseline(trial.baselineFile, { entries: new Map(), hide: [] })
  expect(await tallyChanges(requestOf(trial))).toEqual({ files: 0 })
  fill(trial.workspace, { new: "n\n" })
  expect(await tallyChanges(requestOf(trial))).toEqual({ files: 1, lines: { added: 1, removed: 0 } })
})

function requestOf({ workspace, baselineFile }: { readonly workspace: string; readonly baselineFile: string }) {
  return { workspace, baseline: baselineFile, slug: "trial-aaaaa" }
}
