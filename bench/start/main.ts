// Compares what isolation costs a command that does nothing: bubblewrap alone, bot-bottle with
// proxy, ledger and forwarder, and sandbox-runtime. Whole processes, rounds interleaved, medians.
//
// bot-bottle as people install it, the single binary, which is built first; and from its sources.
//
//   bun bench/start/main.ts [--smoke] [--rounds 10]
//
// sandbox-runtime is taken from PATH (`npm install -g @anthropic-ai/sandbox-runtime`; it also
// wants ripgrep and socat) and left out when it is not there.

import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { smoke: { type: "boolean", default: false }, rounds: { type: "string", default: "10" } },
})
const rounds = values.smoke ? 2 : Number(values.rounds)

const BARE_BWRAP = "bwrap --unshare-all --die-with-parent --ro-bind / / --proc /proc --dev /dev true".split(" ")
const root = resolve(import.meta.dir, "../..")
const sources = join(root, "apps/cli/bin/bot-bottle")
const home = await mkdtemp(join(tmpdir(), "bench-start-"))
// An empty folder: in a Git work tree a start copies it.
const work = join(home, "work")
await mkdir(work)
await mkdir(join(home, "agents"), { recursive: true, mode: 0o700 })
await mkdir(join(home, "bottles"), { recursive: true, mode: 0o700 })
await Bun.write(
  join(home, "bottles/quiet.md"),
  "---\nagent_provider:\n  template: command\n  argv: [/usr/bin/true]\n---\n",
)
await Bun.write(join(home, "agents/nothing.md"), "---\nbottle: quiet\n---\nDoes nothing.\n")

const built = Bun.spawnSync([process.execPath, join(root, "tools/pack/build-binary.ts"), join(home, "dist")])
if (!built.success) throw new Error(built.stderr.toString())
const binary = join(home, "dist/bot-bottle")
const trivial = ["start", "nothing", "--headless", "--empty", "--prompt", "x"]

const srt = Bun.which("srt")
const contenders: readonly (readonly [name: string, argv: readonly string[]])[] = [
  ["bwrap alone", BARE_BWRAP],
  ["bot-bottle", [binary, ...trivial]],
  ["from sources", [sources, ...trivial]],
  ["bot-bottle --help", [binary, "--help"]],
  ...(srt === null ? [] : [["sandbox-runtime", [srt, "true"]] as const]),
]
if (srt === null) console.log("sandbox-runtime is not installed: left out of this run")

try {
  const wall = new Map<string, number[]>(contenders.map(([name]) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, argv] of contenders) wall.get(name)?.push(await timed(name, argv))
  }
  for (const [name, runs] of wall) {
    const ratio =
      srt === null
        ? ""
        : `  ${(median(runs) / median(wall.get("sandbox-runtime") ?? [])).toFixed(2)} of sandbox-runtime`
    console.log(
      `${name.padEnd(18)} ${median(runs).toFixed(0).padStart(5)} ms  (min ${Math.min(...runs).toFixed(0)})${ratio}`,
    )
  }
} finally {
  await rm(home, { recursive: true, force: true })
}

async function timed(name: string, argv: readonly string[]): Promise<number> {
  const start = performance.now()
  const child = Bun.spawn([...argv], {
    cwd: work,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    env: { ...process.env, BOT_BOTTLE_HOME: home },
  })
  const errors = await new Response(child.stderr).text()
  if ((await child.exited) !== 0) throw new Error(`${name} failed: ${errors}`)
  return performance.now() - start
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
