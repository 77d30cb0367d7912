// The stages of the test command, in their order: what each runs, where, and how its output is
// judged. A stage whose tests are not there fails; nothing is quietly left out.

import { join, resolve } from "node:path"
import { Glob } from "bun"
import { openAsNobody } from "./as-nobody.ts"
import { type Counts, judgeTestRun, type RunVerdict } from "./counts.ts"
import { runShown } from "./run-shown.ts"

export const ROOT = resolve(import.meta.dir, "../..")

export interface Stage {
  readonly name: string
  /** For the announcement. */
  readonly title: string
  run(): Promise<readonly RunVerdict[]>
}

const BIOME = join(ROOT, "node_modules/.bin/biome")
const BUN = process.execPath
// `tools/bootstrap` has installed bubblewrap: a test that finds no isolation has found a fault.
const REQUIRED = { BOT_BOTTLE_REQUIRE_ISOLATION: "1" }

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
  const { output, exitCode } = await runShown([BUN, ...bunTest(folders, timeoutS)], { cwd: ROOT, env: REQUIRED })
  return [judgeTestRun(output, exitCode)]
}

/** Whoever runs this, the walls are tried without privileges; as root they are tried as root, too. */
async function isolation(): Promise<readonly RunVerdict[]> {
  const asMyself = await runShown([BUN, ...bunTest(["tests/isolation"], 120)], { cwd: ROOT, env: REQUIRED })
  const verdicts = [judgeTestRun(asMyself.output, asMyself.exitCode, { requireAll: true })]
  if (process.getuid?.() !== 0) return verdicts

  console.log("   again, as nobody")
  // A test that only root can start has nothing to say to nobody: root's round ran it.
  const files = [...new Glob("tests/isolation/**/*.test.ts").scanSync(ROOT)].filter(
    (path) => !path.includes("-unprivileged."),
  )
  await using nobody = await openAsNobody(ROOT)
  const env = { ...REQUIRED, ...nobody.env }
  const asNobody = await runShown(nobody.bun(bunTest(files.sort(), 120)), { cwd: ROOT, env })
  return [...verdicts, judgeTestRun(asNobody.output, asNobody.exitCode, { requireAll: true })]
}

async function benches(): Promise<readonly RunVerdict[]> {
  const mains = [...new Glob("bench/{*.ts,*/main.ts}").scanSync(ROOT)].sort()
  if (mains.length === 0) return [failed("nothing in bench/")]
  const verdicts: RunVerdict[] = []
  for (const main of mains) {
    const { exitCode } = await runShown([BUN, main, "--smoke"], { cwd: ROOT })
    verdicts.push(exitCode === 0 ? passed(1) : failed(`${main}: exit code ${exitCode}`))
  }
  return verdicts
}

function bunTest(paths: readonly string[], timeoutS: number): readonly string[] {
  // "./" makes each a path; without it bun takes the word for a part of any path.
  return ["test", "--only-failures", `--timeout=${timeoutS * 1000}`, ...paths.map((path) => `./${path}`)]
}

function passed(count: number): Counts {
  return { passed: count, failed: 0, skipped: 0 }
}

function failed(problem: string): RunVerdict {
  return { passed: 0, failed: 1, skipped: 0, problem }
}
