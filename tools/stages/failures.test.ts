import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { findFailures } from "./failures.ts"

const FILES = {
  "compares.test.ts": `import { describe, expect, test } from "bun:test"
test("passes", () => {})
describe("group", () => test("compares", () => { expect(1).toBe(2) }))`,
  "waits.test.ts": `import { test } from "bun:test"
test("waits", () => new Promise(() => {}), 50)`,
  "outside.test.ts": `import { test } from "bun:test"
test("passes", () => {})
throw new Error("oh")`,
  "passes.test.ts": `import { test } from "bun:test"
test("passes", () => {})`,
  "dies.test.ts": `import { test } from "bun:test"
test("dies", () => { process.kill(process.pid, "SIGKILL") })`,
}

test.each([1, 2])("findFailures names each failed test of what this very bun prints: %i at once", async (workers) => {
  // Without a worker around it, a test that kills its process ends the run, and bun prints nothing of it.
  const files = Object.entries(FILES).filter(([name]) => workers > 1 || name !== "dies.test.ts")
  const found = findFailures(await printedBy(files, workers > 1 ? [`--parallel=${workers}`] : []))
  expect([...(found?.names ?? [])].sort()).toEqual([
    "Unhandled error between tests",
    "compares.test.ts: group > compares",
    ...(workers > 1 ? ["dies.test.ts (worker crashed: SIGKILL)"] : []),
    "waits.test.ts: waits",
  ])
  const excerpt = found?.excerpt.join("\n")
  for (const words of ["Expected: 2\nReceived: 1", "this test timed out after 50ms", "error: oh"])
    expect(excerpt).toContain(words)
})

test("findFailures finds none where every test passed", async () => {
  const passing = Object.entries(FILES).filter(([name]) => name === "passes.test.ts")
  expect(findFailures(await printedBy(passing, []))).toBeUndefined()
})

test("findFailures keeps 30 lines above a verdict, 15 below, each once, and marks a gap", () => {
  const printed = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name} ${index}`)
  const [a, b, c] = [printed("a", 40), printed("b", 3), printed("c", 100)]
  const lines = ["x.test.ts:", ...a, "(fail) one [1.00ms]", ...b, "(fail) two", ...c, "(fail) three [2.00s]"]
  expect(findFailures(lines.join("\n"))).toEqual({
    names: ["x.test.ts: one", "x.test.ts: two", "x.test.ts: three"],
    excerpt: [
      ...a.slice(10),
      "(fail) one [1.00ms]",
      ...b,
      "(fail) two",
      ...c.slice(0, 15),
      "…",
      ...c.slice(70),
      "(fail) three [2.00s]",
    ],
  })
})

test("findFailures keeps at most 300 lines", () => {
  const lines = Array.from({ length: 2000 }, (_, index) => (index % 40 === 0 ? `(fail) ${index}` : "noise"))
  const { names = [], excerpt = [] } = findFailures(lines.join("\n")) ?? {}
  expect([names.length, excerpt.filter((line) => line !== "…").length]).toEqual([50, 300])
})

async function printedBy(files: readonly (readonly [string, string])[], flags: readonly string[]): Promise<string> {
  await using folder = await openTempFolder()
  for (const [name, source] of files) await Bun.write(join(folder.path, name), source)
  const argv = [process.execPath, "test", "--only-failures", ...flags]
  const { stdout, stderr } = await runProgram(argv, { cwd: folder.path })
  return stdout + stderr
}
