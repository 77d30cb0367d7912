// Finds the failed tests in what `bun test` printed, so that the summary can repeat them. Pure.
//
// It only informs: counts.ts decides whether a run failed. Workers beside each other print a test's error now and then
// below its verdict, so the lines on both sides of a verdict are kept.

/** A failed comparison, its frame in the source and its place need about 20. */
const LINES_BEFORE = 30
const LINES_AFTER = 15
/** More failures than this fills are read in the whole log. */
const MAX_LINES = 300

const FILE = /^(\S+\.test\.ts):$/
const CRASHED = /^\S+ (\S+\.test\.ts \(worker crashed: .+\))$/
const FAILED = /^\(fail\) (.+?)(?: \[[\d.]+m?s\])?$/
const OUTSIDE = /^# (Unhandled error between tests)$/

export interface ReportedFailures {
  /** `file: group > name` for each failed test, in the order of the output. */
  readonly names: readonly string[]
  /** The output around each of them; "…" stands for the lines in between. */
  readonly excerpt: readonly string[]
}

/** Undefined when the output names none. */
export function findFailures(output: string): ReportedFailures | undefined {
  const lines = Bun.stripANSI(output).split(/\r?\n/)
  const names: string[] = []
  const kept = new Set<number>()
  let file = ""
  for (const [index, line] of lines.entries()) {
    file = line.match(FILE)?.[1] ?? file
    const name = nameFailure(line, file)
    if (name === undefined) continue
    names.push(name)
    for (let at = index - LINES_BEFORE; at <= index + LINES_AFTER; at++) if (at in lines) kept.add(at)
  }
  if (names.length === 0) return undefined

  const excerpt: string[] = []
  let before = -1
  for (const at of [...kept].sort((a, b) => a - b).slice(0, MAX_LINES)) {
    if (before !== -1 && at > before + 1) excerpt.push("…")
    excerpt.push(lines[at] ?? "")
    before = at
  }
  return { names, excerpt }
}

function nameFailure(line: string, file: string): string | undefined {
  const failed = line.match(FAILED)?.[1]
  if (failed !== undefined) return `${file}: ${failed}`
  return line.match(CRASHED)?.[1] ?? line.match(OUTSIDE)?.[1]
}
