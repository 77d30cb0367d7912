// The stages of the test command, in their order: what each runs, where, and how its output is
// judged. A stage whose tests are not there fails; nothing is quietly left out.

import { join, resolve } from "node:path"
import { Glob } from "bun"
import { type Counts, judgeTestRun, type RunVerdict } from "./counts.ts"
import { runShown } from "./run-shown.ts"
import { openUnprivilegedCopy } from "./unprivileged-copy.ts"

export const ROOT = resolve(import.meta.dir, "../..")

export interface Stage {
  readonly name: string
  /** For the announcement. */
  readonly title: string
  run(): Promise<readonly RunVerdict[]>
}

const BIOME = join(ROOT, "node_modules/.bin/biome")
const BUN = process.execPath

export const STAGES: readonly Stage[] = [
  { name: "format", title: "formatting", run: () => check([BIOME, "format", "--error-on-warnings"]) },
  { name: "lint", title: "lint", run: () => check([BIOME, "check", "--formatter-enabled=false"]) },
  { name: "types", title: "types", run: () => check([BUN, "check"]) },
  { name: "unit", title: "tests beside the source", run: () => tests(["libs", "apps", "tools"], 30) },
  { name: "e2e", title: "real processes against the stand-in provider", run: () => tests(["tests/e2e"], 60) },
  { name: "isolation", title: "the walls, as root and as nobody", run: isolation },
  { name: "agents", title: "the real agents", run: () => tests(["tests/agents"], 300) },
  { name: "bench-smoke", title: "every bench, one short round", run: benches },
]

async function check(argv: readonly string[]): Promise<readonly RunVerdict[]> {
  const { exitCode } = await runShown(argv, { cwd: ROOT })
  return [exitCode === 0 ? passed(1) : failed(`exit code ${exitCode}`)]
}

async function tests(folders: readonly string[], timeoutS: number): Promise<readonly RunVerdict[]> {
  const { output, exitCode } = await runShown(bunTest(folders, timeoutS), { cwd: ROOT })
  return [judgeTestRun(output, exitCode)]
}

/** Whoever runs this, the walls are tried without privileges; as root they are tried as root, too. */
async function isolation(): Promise<readonly RunVerdict[]> {
  const argv = bunTest(["tests/isolation"], 60)
  const env = { BOT_BOTTLE_REQUIRE_ISOLATION: "1" }
  const asMyself = await runShown(argv, { cwd: ROOT, env })
  const verdicts = [judgeTestRun(asMyself.output, asMyself.exitCode, { requireAll: true })]
  if (process.getuid?.() !== 0) return verdicts

  await using copy = await openUnprivilegedCopy(ROOT)
  console.log("   again, as nobody")
  const asNobody = await runShown(copy.argv(argv), { cwd: copy.root, env: { ...env, ...copy.env } })
  return [...verdicts, judgeTestRun(asNobody.output, asNobody.exitCode, { requireAll: true })]
}

async function benches(): Promise<readonly RunVerdict[]> {
  const mains = [...new Glob("bench/*/main.ts").scanSync(ROOT)].sort()
  if (mains.length === 0) return [failed("no bench/*/main.ts")]
  const verdicts: RunVerdict[] = []
  for (const main of mains) {
    const { exitCode } = await runShown([BUN, main, "--smoke"], { cwd: ROOT })
    verdicts.push(exitCode === 0 ? passed(1) : failed(`${main}: exit code ${exitCode}`))
  }
  return verdicts
}

function bunTest(folders: readonly string[], timeoutS: number): readonly string[] {
  // "./" makes each a path; without it bun takes the word for a part of any path.
  const paths = folders.map((folder) => `./${folder}/`)
  return [BUN, "test", "--only-failures", `--timeout=${timeoutS * 1000}`, ...paths]
}

function passed(count: number): Counts {
  return { passed: count, failed: 0, skipped: 0 }
}

function failed(problem: string): RunVerdict {
  return { passed: 0, failed: 1, skipped: 0, problem }
}
