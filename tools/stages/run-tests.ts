// Runs test files in rounds (test-files.ts says which), each one `bun test`, and judges their output.

import { join } from "node:path"
import { Glob } from "bun"
import { judgeTestRun, type RunVerdict } from "./counts.ts"
import { findFailures } from "./failures.ts"
import { runShown } from "./run-shown.ts"
import { bunTest, planRounds } from "./test-files.ts"

export interface TestRun {
  readonly root: string
  /** Test files that run beside each other. */
  readonly workers: number
  /** Seconds that one test may last, and that one round may last. */
  readonly testS: number
  readonly allS: number
  readonly env: Readonly<Record<string, string>>
  /** A skipped test is a failed one. */
  readonly requireAll?: boolean
  /** The command that runs `bun <args>`; this process's own Bun when absent. */
  readonly command?: (args: readonly string[]) => readonly string[]
}

export async function runTests(files: readonly string[], run: TestRun): Promise<readonly RunVerdict[]> {
  const { root, workers, testS, allS, env, requireAll = false, command = (args) => [process.execPath, ...args] } = run
  if (files.length === 0) return [{ passed: 0, failed: 1, skipped: 0, problem: "no tests there" }]
  const verdicts: RunVerdict[] = []
  for (const round of planRounds(files, workers)) {
    if (round.title !== undefined) console.log(`   ${round.title}`)
    const shown = await runShown(command(bunTest(round, testS)), { cwd: root, env, deadlineS: allS })
    verdicts.push(
      shown.timedOut
        ? withFailures({ passed: 0, failed: 1, skipped: 0, problem: "ran into its deadline" }, shown.output)
        : withFailures(judgeTestRun(shown.output, shown.exitCode, { requireAll }), shown.output),
    )
  }
  return verdicts
}

function withFailures(verdict: RunVerdict, output: string): RunVerdict {
  const failures = findFailures(output)
  return failures === undefined ? verdict : { ...verdict, failures }
}

/** Every test in these folders and files, in order, once each. */
export function listTests(root: string, paths: readonly string[]): readonly string[] {
  const found = paths.flatMap((path) =>
    path.endsWith(".test.ts")
      ? [path]
      : [...new Glob(`${path}/**/*.test.ts`).scanSync(root)].filter((file) => !file.includes("node_modules/")),
  )
  return [...new Set(found)].map((file) => join(file)).sort()
}
