import { expect, test } from "bun:test"
import { join } from "node:path"
import { openTempFolder, runProgram } from "@bot-bottle/testkit"
import { addCounts, judgeTestRun, renderTotal } from "./counts.ts"

const summary = (...lines: string[]) =>
  `bun test v1.4.5\n\n${lines.join("\n")}\n 9 expect() calls\nRan 3 tests across 1 file. [2.00ms]\n`

// biome-ignore format: a table
test.each([
  // what                          output                                                    exit  verdict
  ["all passed",                   summary(" 3 pass", " 0 fail"),                            0, { passed: 3, failed: 0, skipped: 0 }],
  ["a failure",                    summary(" 2 pass", " 1 fail"),                            1, { passed: 2, failed: 1, skipped: 0 }],
  ["skip and todo",                summary(" 1 pass", " 1 skip", " 1 todo", " 0 fail"),      0, { passed: 1, failed: 0, skipped: 2 }],
  ["errors between tests",         summary(" 3 pass", " 0 fail", " 2 errors"),               1, { passed: 3, failed: 2, skipped: 0 }],
  ["one error between tests",      summary(" 3 pass", " 0 fail", " 1 error"),                1, { passed: 3, failed: 1, skipped: 0 }],
  ["colors",                      summary("\u001b[32m 3 pass\u001b[0m", "\u001b[31m 0 fail\u001b[0m"), 0, { passed: 3, failed: 0, skipped: 0 }],
  ["CRLF",                         summary(" 3 pass", " 0 fail").replaceAll("\n", "\r\n"),   0, { passed: 3, failed: 0, skipped: 0 }],
  ["a test that prints a summary", ` 100 pass\n 0 fail\nRan 100 tests across 1 file. [1ms]\n${summary(" 2 pass", " 1 fail")}`, 1, { passed: 2, failed: 1, skipped: 0 }],
  ["a test that prints a count",   summary(" 77 pass", "(pass) a", "", " 3 pass", " 0 fail"), 0, { passed: 3, failed: 0, skipped: 0 }],
  ["snapshots and filters",        summary(" 3 pass", " 4 filtered out", " 0 fail", " snapshots: +1 added"), 0, { passed: 3, failed: 0, skipped: 0 }],
  ["nothing found",                "No tests found!\n",                                      1, { passed: 0, failed: 1, skipped: 0, problem: "bun test ended without a summary (exit code 1)" }],
  ["a crash",                      "(pass) a\nSegmentation fault\n 3 pass\n",                139, { passed: 0, failed: 1, skipped: 0, problem: "bun test ended without a summary (exit code 139)" }],
  ["no output, exit 0",            "",                                                       0, { passed: 0, failed: 1, skipped: 0, problem: "bun test ended without a summary (exit code 0)" }],
  ["no tests",                     summary(" 0 pass", " 0 fail"),                            0, { passed: 0, failed: 1, skipped: 0, problem: "no tests ran" }],
  ["only skipped",                 summary(" 0 pass", " 3 skip", " 0 fail"),                 0, { passed: 0, failed: 1, skipped: 3, problem: "every test was skipped" }],
  ["counts that hide an exit code", summary(" 3 pass", " 0 fail"),                           1, { passed: 3, failed: 1, skipped: 0, problem: "bun test exited with 1" }],
] as const)("judgeTestRun: %s", (_what, output, exitCode, verdict) => {
  expect(judgeTestRun(output, exitCode)).toEqual(verdict)
})

test("judgeTestRun counts a skip as a failure where everything must run", () => {
  expect(judgeTestRun(summary(" 1 pass", " 2 skip", " 0 fail"), 0, { requireAll: true })).toEqual({
    passed: 1,
    failed: 2,
    skipped: 0,
    problem: "2 skipped where nothing may be",
  })
})

test("judgeTestRun reads what this very bun prints", async () => {
  await using folder = await openTempFolder()
  const file = join(folder.path, "printed.test.ts")
  await Bun.write(
    file,
    'import { test } from "bun:test"; test("a", () => {}); test.skip("b", () => {}); test("c", () => { throw 1 })',
  )
  const { stdout, stderr, exitCode } = await runProgram([process.execPath, "test", file])
  expect(judgeTestRun(stdout + stderr, exitCode)).toEqual({ passed: 1, failed: 1, skipped: 1 })
})

// biome-ignore format: a table
test.each([
  [[],                                                                                     "0 passed, 0 failed"],
  [[{ passed: 3, failed: 0, skipped: 0 }, { passed: 1, failed: 2, skipped: 0 }],            "4 passed, 2 failed"],
  [[{ passed: 3, failed: 0, skipped: 1 }, { passed: 1, failed: 0, skipped: 2 }],            "4 passed, 0 failed, 3 skipped"],
] as const)("the total of %p is %p", (all, line) => {
  expect(renderTotal(addCounts(all))).toBe(line)
})
