// The stages of the test command, in their order: what each runs, where, and how its output is
// judged. A stage whose tests are not there fails; nothing is quietly left out.

import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { Glob } from "bun"
import { keepBundle } from "../pack/keep-bundle.ts"
import { openAsNobody } from "./as-nobody.ts"
import type { RunVerdict } from "./counts.ts"
import { openDockerEngine } from "./docker-engine.ts"
import { runShown, type ShownRun } from "./run-shown.ts"
import { listTests, runTests, type TestRun } from "./run-tests.ts"
import { WORKERS } from "./test-files.ts"

export const ROOT = resolve(import.meta.dir, "../..")

export interface Stage {
  readonly name: string
  /** For the announcement. */
  readonly title: string
  /** Folders of its tests. Absent for a stage that cannot run a part of itself. */
  readonly folders?: readonly string[]
  /** `paths` narrow it, when there are any; each lies in one of `folders`. */
  run(paths: readonly string[]): Promise<readonly RunVerdict[]>
}

const BIOME = join(ROOT, "node_modules/.bin/biome")
const BUN = process.execPath
// `tools/bootstrap` has installed bubblewrap: a test that finds no isolation has found a fault.
const REQUIRED = { BOT_BOTTLE_REQUIRE_ISOLATION: "1", BOT_BOTTLE_TEST_DEADLINE_MS: "15000" }
/** For stages that start the command line hundreds of times: tests/e2e/start/kept-bundle.test.ts looks that it counts. */
const BUNDLED = { ...REQUIRED, BOT_BOTTLE_REQUIRE_BUNDLE: "1" }

const MEMORY_BENCH = "bench/soak/main.ts"

export const STAGES: readonly Stage[] = [
  { name: "format", title: "formatting", run: () => check([BIOME, "format", "--error-on-warnings"]) },
  { name: "lint", title: "lint", run: () => check([BIOME, "check", "--formatter-enabled=false"]) },
  { name: "types", title: "types", run: () => check([BUN, "check"]) },
  {
    name: "unit",
    title: "tests beside the source",
    folders: ["libs", "apps", "tools"],
    run: (paths) => tests(orAll(paths, ["libs", "apps", "tools"]), { workers: WORKERS, testS: 60, allS: 1200 }),
  },
  {
    name: "e2e",
    title: "real processes against the stand-in provider",
    folders: ["tests/e2e"],
    run: (paths) => bundled(orAll(paths, ["tests/e2e"]), { workers: WORKERS, testS: 60, allS: 2400 }),
  },
  {
    name: "postgres",
    title: "hosts that share a ledger, on a PostgreSQL server of our own",
    folders: ["tests/postgres"],
    run: (paths) => bundled(orAll(paths, ["tests/postgres"]), { workers: WORKERS, testS: 120, allS: 1500 }),
  },
  { name: "isolation", title: "isolation, as root and as nobody", folders: ["tests/isolation"], run: isolation },
  {
    name: "docker",
    title: "the same isolation as containers, and a Swarm of workers, in engines of our own",
    folders: ["tests/isolation", "tests/swarm"],
    run: containers,
  },
  {
    name: "agents",
    title: "the real agents",
    folders: ["tests/agents"],
    run: (paths) => bundled(orAll(paths, ["tests/agents"]), { workers: WORKERS, testS: 300, allS: 1800 }),
  },
  {
    name: "gitea",
    title: "the real Gitea, where tools/build-gitea has built it",
    folders: ["tests/gitea"],
    run: realGitea,
  },
  {
    name: "clients",
    title: "real clients in bottles, as docs/compatibility.md says",
    folders: ["tests/clients"],
    run: (paths) => bundled(orAll(paths, ["tests/clients"]), { workers: 1, testS: 120, allS: 900 }),
  },
  { name: "bench-smoke", title: "every bench, one short round", run: benches },
]

type Bounds = Pick<TestRun, "workers" | "testS" | "allS">

function orAll(paths: readonly string[], all: readonly string[]): readonly string[] {
  return paths.length === 0 ? all : paths
}

async function check(argv: readonly string[]): Promise<readonly RunVerdict[]> {
  return [judgeCommand(await runShown(argv, { cwd: ROOT, deadlineS: 300 }))]
}

async function tests(paths: readonly string[], bounds: Bounds): Promise<readonly RunVerdict[]> {
  return runTests(listTests(ROOT, paths), { root: ROOT, env: REQUIRED, ...bounds })
}

/** As `tests`, of starts that parse no sources. */
async function bundled(paths: readonly string[], bounds: Bounds): Promise<readonly RunVerdict[]> {
  await keepOwnBundle()
  return runTests(listTests(ROOT, paths), { root: ROOT, env: BUNDLED, ...bounds })
}

/** Of the tree under test. A bundle of an older one is never started, so without this the tests are only slower. */
async function keepOwnBundle(): Promise<void> {
  const kept = await keepBundle(ROOT)
  if (kept.outcome === "changing")
    throw new Error("somebody writes to the sources: start the tests when they are still")
}

/** Always without privileges; started by root, as root first. */
async function isolation(paths: readonly string[]): Promise<readonly RunVerdict[]> {
  await keepOwnBundle()
  const run = { root: ROOT, workers: WORKERS, testS: 120, allS: 1500, requireAll: true }
  const files = isolationTests(paths).filter((file) => !isOfContainers(file))
  const verdicts = await runTests(files, { ...run, env: REQUIRED })
  if (process.getuid?.() !== 0) return verdicts

  console.log("   again, as nobody")
  await using nobody = await openAsNobody(ROOT)
  const env = { ...REQUIRED, ...nobody.env }
  return [...verdicts, ...(await runTests(files, { ...run, env, command: (args) => nobody.bun(args) }))]
}

/** A host that cannot run an engine skips this, loudly; CI has to be one that can. */
async function containers(paths: readonly string[]): Promise<readonly RunVerdict[]> {
  const isolated = isolationTests(paths).filter(isOfContainers)
  const swarm = listTests(ROOT, ["tests/swarm"]).filter((file) => lies(file, paths))
  const verdicts: RunVerdict[] = []
  if (isolated.length > 0) verdicts.push(...(await inEngine(isolated, { flags: [], isInItsNetwork: false })))
  const profile = join(ROOT, "docs/recipes/worker-seccomp.json")
  if (swarm.length > 0)
    verdicts.push(...(await inEngine(swarm, { flags: ["--seccomp-profile", profile], isInItsNetwork: true })))
  return verdicts.length > 0 ? verdicts : [failed("no test of containers lies there")]
}

interface EngineRun {
  readonly flags: readonly string[]
  /** The tests run in the engine's own network: its containers reach what they listen on. */
  readonly isInItsNetwork: boolean
}

async function inEngine(
  files: readonly string[],
  { flags, isInItsNetwork }: EngineRun,
): Promise<readonly RunVerdict[]> {
  const opened = await openDockerEngine({ cache: join(ROOT, ".tools/docker"), flags })
  if (opened.outcome === "unavailable") {
    const problem = `NO CONTAINER WAS TRIED: ${opened.why}`
    console.log(`   ${problem}`)
    return [process.env["CI"] === undefined ? { passed: 0, failed: 0, skipped: 1, problem } : failed(problem)]
  }
  await using engine = opened.engine
  await keepOwnBundle()
  // Awaited here: the engine ends with this function.
  return await runTests(files, {
    root: ROOT,
    workers: WORKERS,
    testS: 120,
    allS: 1500,
    requireAll: true,
    env: { ...REQUIRED, DOCKER_HOST: engine.host },
    command: (args) => (isInItsNetwork ? engine.enter([BUN, ...args]) : [BUN, ...args]),
  })
}

/** Ten minutes of building are too many for every run: without the program this says so, and counts as skipped. */
async function realGitea(paths: readonly string[]): Promise<readonly RunVerdict[]> {
  if (!existsSync(join(ROOT, ".tools/gitea/gitea"))) {
    const problem = "NO REAL GITEA WAS TRIED: tools/build-gitea has not built it"
    console.log(`   ${problem}`)
    return [{ passed: 0, failed: 0, skipped: 1, problem }]
  }
  await keepOwnBundle()
  const run = { root: ROOT, workers: 1, testS: 300, allS: 1800, requireAll: true, env: REQUIRED }
  return runTests(listTests(ROOT, orAll(paths, ["tests/gitea"])), run)
}

function isolationTests(paths: readonly string[]): readonly string[] {
  return listTests(ROOT, ["tests/isolation"]).filter((file) => lies(file, paths))
}

function lies(file: string, paths: readonly string[]): boolean {
  return paths.length === 0 || paths.some((path) => file === path || file.startsWith(`${path}/`))
}

function isOfContainers(path: string): boolean {
  return path.startsWith("tests/isolation/docker")
}

/** Two beside each other, since no smoke round judges a time; the one that judges memory alone, at the end. */
async function benches(): Promise<readonly RunVerdict[]> {
  const mains = listBenches()
  if (mains.length === 0) return [failed("nothing in bench/")]
  const run = async (main: string) => {
    const options = { cwd: ROOT, deadlineS: 180, heldUnder: `   ${main}` }
    return judgeCommand(await runShown([BUN, main, "--smoke"], options), main)
  }
  const together = mains.filter((main) => main !== MEMORY_BENCH).values()
  const verdicts: RunVerdict[] = []
  const takeTurns = async () => {
    for (const main of together) verdicts.push(await run(main))
  }
  await Promise.all(Array.from({ length: WORKERS }, takeTurns))
  for (const main of mains.filter((each) => each === MEMORY_BENCH)) verdicts.push(await run(main))
  return verdicts
}

function listBenches(): readonly string[] {
  return ["bench/*.ts", "bench/*/main.ts"].flatMap((glob) => [...new Glob(glob).scanSync(ROOT)]).sort()
}

function judgeCommand({ exitCode, timedOut }: ShownRun, what = "it"): RunVerdict {
  if (timedOut) return failed(`${what} ran into its deadline`)
  return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : failed(`${what} ended with exit code ${exitCode}`)
}

function failed(problem: string): RunVerdict {
  return { passed: 0, failed: 1, skipped: 0, problem }
}
