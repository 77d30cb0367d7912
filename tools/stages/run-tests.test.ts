import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { listTests } from "./run-tests.ts"

const RUN_TESTS = join(import.meta.dir, "run-tests.ts")
const PASS = `import { test } from "bun:test"\ntest("passes", () => {})\n`
const FAIL = `import { test } from "bun:test"\ntest("fails", () => { throw new Error("oh") })\n`
const DIE = `import { test } from "bun:test"\ntest("dies", () => { process.kill(process.pid, "SIGKILL") })\n`

// biome-ignore format: a table
test.each([
  // files beside each other       verdict
  [[PASS, PASS, PASS],              { passed: 3, failed: 0, skipped: 0 }],
  [[PASS, FAIL, PASS],              { passed: 2, failed: 1, skipped: 0, failures: { names: ["1.test.ts: fails"] } }],
  [[PASS, DIE],                     { passed: 1, failed: 1, skipped: 0, failures: { names: ["1.test.ts (worker crashed: SIGKILL)"] } }],
] as const)("test files beside each other are counted as one run: case %#", async (files, verdict) => {
  await using folder = await openTempFolder()
  for (const [index, source] of files.entries()) await Bun.write(join(folder.path, `${index}.test.ts`), source)
  // In a process of its own: it writes to the real stdout.
  const script = `
    const { listTests, runTests } = await import(${JSON.stringify(RUN_TESTS)})
    const root = ${JSON.stringify(folder.path)}
    const verdicts = await runTests(listTests(root, ["."]), { root, workers: 2, testS: 5, allS: 60, env: {} })
    await Bun.write(root + "/verdicts.json", JSON.stringify(verdicts))`
  await runProgram([process.execPath, "-e", script], { env: {} })
  expect(await Bun.file(join(folder.path, "verdicts.json")).json()).toMatchObject([verdict])
})

test("listTests finds every test of folders and files once, in order, and none of a package", async () => {
  await using folder = await openTempFolder()
  for (const path of ["b/z.test.ts", "b/a.test.ts", "a/x.test.ts", "b/not.ts", "b/node_modules/p/y.test.ts"])
    await Bun.write(join(folder.path, path), "")
  expect(listTests(folder.path, ["b", "a/x.test.ts", "b/a.test.ts"])).toEqual([
    "a/x.test.ts",
    "b/a.test.ts",
    "b/z.test.ts",
  ])
})
