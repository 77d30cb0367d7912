// How long it takes to freeze a run with a large workspace, and to resume it: from the command
// to "frozen", and from the command until the agent runs again. The target is 2 s each.
//
//   bun bench/freeze/main.ts [--smoke] [--rounds 5] [--megabytes 200] [--files 4000]
//
// The agent leaves when it is asked to, or, in every other round, stays until it is killed.

import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    megabytes: { type: "string", default: "200" },
    files: { type: "string", default: "4000" },
  },
})
const rounds = values.smoke ? 1 : Number(values.rounds)
const megabytes = values.smoke ? 20 : Number(values.megabytes)
const files = values.smoke ? 400 : Number(values.files)

const launcher = resolve(import.meta.dir, "../../apps/cli/bin/bot-bottle")
const folder = await mkdtemp(join(tmpdir(), "bench-freeze-"))
const root = join(folder, "root")
const project = join(folder, "project")
const AGENT = {
  leaving: "echo running; while :; do sleep 0.05; done",
  staying: "trap '' TERM; echo running; while :; do sleep 1000; done",
}

try {
  await fill(project)
  const tookMs = {
    start: [] as number[],
    "freeze, leaving": [] as number[],
    "freeze, staying": [] as number[],
    resume: [] as number[],
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const manner of ["leaving", "staying"] as const) {
      await writeManifests(AGENT[manner])
      const started = await launch(["start", "waiter", "--headless", "--cwd", "--prompt", "x"])
      tookMs.start.push(started.tookMs)
      const [{ slug }] = JSON.parse(await bot(["list", "--json"]))
      tookMs[`freeze, ${manner}`].push(await freeze(slug, started.exited))
      const resumed = await launch(["resume", slug, "--headless", "--prompt", "x"])
      tookMs.resume.push(resumed.tookMs)
      await bot(["kill", slug])
      await resumed.exited
    }
  }
  console.log(`${megabytes} MB in ${files} files`)
  for (const [what, runs] of Object.entries(tookMs)) {
    console.log(`${what.padEnd(16)} ${median(runs).toFixed(0).padStart(6)} ms  (max ${Math.max(...runs).toFixed(0)})`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function fill(path: string): Promise<void> {
  const content = new Uint8Array((megabytes * 1024 * 1024) / files)
  for (let index = 0; index < files; index += 1) {
    crypto.getRandomValues(content.subarray(0, 16))
    await Bun.write(join(path, `part-${index % 50}`, `file-${index}`), content)
  }
}

async function writeManifests(script: string): Promise<void> {
  for (const name of ["agents", "bottles"]) await mkdir(join(root, name), { recursive: true, mode: 0o700 })
  const argv = JSON.stringify(["/bin/sh", "-c", script])
  await Bun.write(join(root, "bottles/sh.md"), `---\nagent_provider: { template: command, argv: ${argv} }\n---\n`)
  await Bun.write(join(root, "agents/waiter.md"), "---\nbottle: sh\n---\nWaits.\n")
}

function spawn(args: readonly string[]) {
  return Bun.spawn([launcher, ...args], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    cwd: project,
    env: { ...process.env, BOT_BOTTLE_HOME: root },
  })
}

/** Until the agent has said that it runs. */
async function launch(
  args: readonly string[],
): Promise<{ readonly tookMs: number; readonly exited: Promise<unknown> }> {
  const startedAtMs = performance.now()
  const child = spawn(args)
  const reader = child.stdout.getReader()
  const { done } = await reader.read()
  if (done) throw new Error(`${args[0]} failed: ${await new Response(child.stderr).text()}`)
  return { tookMs: performance.now() - startedAtMs, exited: child.exited }
}

async function freeze(slug: string, launcherExited: Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now()
  await bot(["freeze", slug])
  const tookMs = performance.now() - startedAtMs
  await launcherExited
  return tookMs
}

async function bot(args: readonly string[]): Promise<string> {
  const child = spawn(args)
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  if ((await child.exited) !== 0) throw new Error(`${args[0]} failed: ${stderr}`)
  return stdout
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
