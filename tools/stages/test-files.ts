// Decides which test files of a stage run beside others, and which run alone. Pure.
//
// Most tests start processes and wait for them, so two at once use the time that one leaves idle.
// A worker runs one file at a time, so the tests of one file never meet.

/** For a stage whose tests bear each other: one for each core of the smallest machine that CI has. */
export const WORKERS = 2

/** Each is a test whose claim another test beside it would blur. */
export const ALONE: Readonly<Record<string, string>> = {
  "tests/e2e/crash/soak.test.ts": "loads the machine and measures memory",
  "tests/e2e/install/package-and-clone.test.ts": "builds into the clone's own dist/",
  "tests/e2e/limits/hostile-bottle.test.ts": "fills the limits of this host",
  "tests/e2e/proxy/memory.test.ts": "measures memory",
  "tests/e2e/proxy/socket-memory.test.ts": "measures memory",
  "tests/isolation/docker-leftovers.test.ts": "kills at moments that a busy engine moves",
}

/** A part of a stage that is one `bun test`. */
export interface TestRound {
  /** Announced before it, where there is one. */
  readonly title?: string
  readonly files: readonly string[]
  readonly workers: number
}

export function planRounds(
  files: readonly string[],
  workers: number,
  alone: Readonly<Record<string, string>> = ALONE,
): readonly TestRound[] {
  if (workers === 1 && files.length > 0) return [{ files, workers }]
  const together = files.filter((file) => alone[file] === undefined)
  const apart = files.filter((file) => alone[file] !== undefined)
  const rounds: TestRound[] = []
  if (together.length > 0) rounds.push({ files: together, workers: Math.min(workers, together.length) })
  if (apart.length > 0) rounds.push({ title: "one file at a time", files: apart, workers: 1 })
  return rounds
}

/** The arguments of bun. `testS`: how long one test may last. */
export function bunTest({ files, workers }: TestRound, testS: number): readonly string[] {
  const parallel = workers > 1 ? [`--parallel=${workers}`] : []
  // "./" makes each a path; without it bun takes the word for a part of any path.
  return ["test", "--only-failures", `--timeout=${testS * 1000}`, ...parallel, ...files.map((path) => `./${path}`)]
}
