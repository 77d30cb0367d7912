// Compares what isolation costs a command that does nothing: bubblewrap alone, bot-bottle with
// proxy, ledger and forwarder, and sandbox-runtime. Whole processes, rounds interleaved, medians.
//
// bot-bottle in each form that people start: the single binary, the npm package and the clone.
//
//   PEERS=<folder with sandbox-runtime> bun bench/start/main.ts [--smoke] [--rounds 10] [--against <another checkout>]
//
// `--against` names an older clone with its packages installed. Each form is then also told as a share
// of that clone's start: in wall time, and in CPU time (user and system, of all its processes).
//
// sandbox-runtime is taken from the folder that PEERS names (npm: `@anthropic-ai/sandbox-runtime`) or
// from PATH, and left out when it is not there; it also wants ripgrep and socat.

import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { buildForms } from "./forms.ts"
import { openQuietHost } from "./quiet-host.ts"

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    rounds: { type: "string", default: "10" },
    against: { type: "string" },
  },
})
const rounds = values.smoke ? 2 : Number(values.rounds)

const BARE_BWRAP = "bwrap --unshare-all --die-with-parent --ro-bind / / --proc /proc --dev /dev true".split(" ")
const TRIVIAL = ["start", "nothing", "--headless", "--prompt", "x"]

interface Contender {
  readonly name: string
  readonly argv: readonly string[]
}

const peers = Bun.env["PEERS"]
const srt = Bun.which("srt", peers === undefined ? {} : { PATH: join(resolve(peers), "node_modules/.bin") })
if (srt === null) console.log("sandbox-runtime is not installed: left out of this run")
const before = values.against === undefined ? undefined : olderClone(resolve(values.against))
const host = await openQuietHost()
const forms = buildForms(host.built)
const contenders: readonly Contender[] = [
  { name: "bwrap alone", argv: BARE_BWRAP },
  ...forms.flatMap(({ name, command }) => [
    { name, argv: [...command, ...TRIVIAL] },
    { name: `${name} --help`, argv: [...command, "--help"] },
  ]),
  ...(before === undefined ? [] : [{ name: "before", argv: [...before, ...TRIVIAL] }]),
  ...(srt === null ? [] : [{ name: "sandbox-runtime", argv: [srt, "true"] }]),
]

interface Cost {
  readonly wallMs: number
  readonly cpuMs: number
}

try {
  const costs = new Map<string, Cost[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) costs.get(contender.name)?.push(await timed(contender))
  }
  const medians = new Map([...costs].map(([name, all]) => [name, medianCost(all)]))
  for (const [name, { wallMs, cpuMs }] of medians) {
    const least = Math.min(...(costs.get(name) ?? []).map((cost) => cost.wallMs))
    const ratios = ["before", "sandbox-runtime"].flatMap((other) => {
      const theirs = medians.get(other)
      if (theirs === undefined || other === name || name.endsWith("--help")) return []
      return `  ${(wallMs / theirs.wallMs).toFixed(2)} of ${other} (CPU ${(cpuMs / theirs.cpuMs).toFixed(2)})`
    })
    const figures = `${wallMs.toFixed(0).padStart(5)} ms (min ${least.toFixed(0)}), CPU ${cpuMs.toFixed(0).padStart(4)} ms`
    console.log(`${name.padEnd(20)} ${figures}${ratios.join("")}`)
  }
} finally {
  await rm(host.folder, { recursive: true, force: true })
}

async function timed({ name, argv }: Contender): Promise<Cost> {
  const startMs = performance.now()
  const child = Bun.spawn([...argv], {
    cwd: host.work,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    env: { ...process.env, BOT_BOTTLE_HOME: name === "before" ? host.olderHome : host.home },
  })
  const errors = await new Response(child.stderr).text()
  if ((await child.exited) !== 0) throw new Error(`${name} failed: ${errors}`)
  const wallMs = performance.now() - startMs
  return { wallMs, cpuMs: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000 }
}

/** Releases before the launcher started Bun on `main.ts` itself. */
function olderClone(clone: string): readonly string[] {
  const launcher = join(clone, "apps/cli/bin/bot-bottle")
  if (existsSync(launcher)) return [launcher]
  const sealed = ["--no-env-file", "--config=/dev/null", "--no-install", "--tsconfig-override=/dev/null"]
  return [process.execPath, ...sealed, join(clone, "apps/cli/src/main.ts")]
}

function medianCost(costs: readonly Cost[]): Cost {
  return { wallMs: median(costs.map((cost) => cost.wallMs)), cpuMs: median(costs.map((cost) => cost.cpuMs)) }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
