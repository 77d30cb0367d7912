// Reads how many tests passed from what `bun test` printed, and adds stages up. Pure.
//
// Distrustful on purpose. Tests print, too, so only the lines right above bun's own last line
// count. An exit code that disagrees with the counts is a failure, and so is a stage without tests.

import type { ReportedFailures } from "./failures.ts"

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 }

export interface RunVerdict extends Counts {
  /** Problems besides failed tests. */
  readonly problem?: string
  /** The failed tests, for the summary. Absent where none failed, and where no test is concerned. */
  readonly failures?: ReportedFailures
}

/** `requireAll`: a skipped test is a failed one. */
export function judgeTestRun(
  output: string,
  exitCode: number,
  { requireAll }: { readonly requireAll: boolean } = { requireAll: false },
): RunVerdict {
  const counts = parseCounts(output)
  if (counts === undefined)
    return { ...NO_COUNTS, failed: 1, problem: `bun test ended without a summary (exit code ${exitCode})` }
  if (counts.passed + counts.failed + counts.skipped === 0) return { ...counts, failed: 1, problem: "no tests ran" }
  if (exitCode !== 0 && counts.failed === 0)
    return { ...counts, failed: 1, problem: `bun test exited with ${exitCode}` }
  if (counts.passed + counts.failed === 0) return { ...counts, failed: 1, problem: "every test was skipped" }
  if (requireAll && counts.skipped > 0) {
    const { passed, failed, skipped } = counts
    return { passed, failed: failed + skipped, skipped: 0, problem: `${skipped} skipped where nothing may be` }
  }
  return counts
}

export function addCounts(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, { passed, failed, skipped }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    NO_COUNTS,
  )
}

/** The last line of the test command. */
export function renderTotal({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`
}

const RAN = /^Ran \d+ tests? across \d+ files?\./
const COUNT = /^ *(\d+) (pass|fail|skip|todo|errors?)$/
const OTHER_SUMMARY_LINE = /^ *\d+ (filtered out|expect\(\) calls|snapshots.*)$|^ *snapshots: .*$/

/** Undefined when bun never got to its summary. */
function parseCounts(output: string): Counts | undefined {
  const lines = Bun.stripANSI(output).split(/\r?\n/)
  const end = lines.findLastIndex((line) => RAN.test(line))
  if (end === -1) return undefined

  const found = { pass: 0, fail: 0, skip: 0, todo: 0, error: 0 }
  for (let i = end - 1; i >= 0; i--) {
    const line = lines[i] ?? ""
    const [, count, word] = line.match(COUNT) ?? []
    if (word !== undefined) found[word.replace("errors", "error") as keyof typeof found] = Number(count)
    else if (!OTHER_SUMMARY_LINE.test(line)) break
  }
  return { passed: found.pass, failed: found.fail + found.error, skipped: found.skip + found.todo }
}
