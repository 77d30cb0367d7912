// Starts many runs at once through one ledger: each agent asks its provider twice and leaves.
// Prints what it took, and fails when a run did, when anything of one is left, or when the ledger
// and the provider's bill disagree.
//
//   bun bench/many/main.ts [--smoke] [--runs 50]

import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { GUEST } from "@bot-bottle/bottle"
import type { Run } from "@bot-bottle/contracts"
import { openLedger } from "@bot-bottle/ledger"
import { startStandIn } from "@bot-bottle/stand-in"

const { values } = parseArgs({
  options: { smoke: { type: "boolean", default: false }, runs: { type: "string", default: "50" } },
})
const runs = values.smoke ? 5 : Number(values.runs)
const REQUESTS_EACH = 2
const USAGE = { inputTokens: 50, outputTokens: 50, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }
const SAMPLE_MS = 250

const launcher = resolve(import.meta.dir, "../../apps/cli/bin/bot-bottle")
const folder = await mkdtemp(join(tmpdir(), "bench-many-"))
const root = join(folder, "root")
await using standIn = await startStandIn({
  hosts: ["api.anthropic.com"],
  reply: () => ({ text: "ok", usage: USAGE }),
})
const problems: string[] = []

try {
  await writeManifests()
  const startedAtMs = performance.now()
  const sampling = samplePeakKb()
  const ended = await Promise.all(Array.from({ length: runs }, startOne))
  const wallMs = performance.now() - startedAtMs
  const peakKb = await sampling.end()

  const good = ended.filter(({ exitCode }) => exitCode === 0)
  for (const { exitCode, errors } of ended.filter((run) => run.exitCode !== 0)) {
    problems.push(`a run ended with ${exitCode}: ${errors.trim().split("\n").slice(0, 4).join(" | ")}`)
  }
  const latencies = good.flatMap(({ firstWordMs }) => (firstWordMs === undefined ? [] : [firstWordMs]))
  console.log(`${runs} runs at once`)
  console.log(`wall time                ${(wallMs / 1000).toFixed(1)} s, ${(wallMs / runs).toFixed(0)} ms a run`)
  console.log(`start to first word      p50 ${share(latencies, 0.5)} ms, p95 ${share(latencies, 0.95)} ms`)
  console.log(`peak of all RSS together ${(peakKb / 1024).toFixed(0)} MiB, shared pages counted once for each process`)
  console.log(`failures                 ${ended.length - good.length}`)
  await compareBooks()
  await lookForRests()
} finally {
  await rm(folder, { recursive: true, force: true })
}
for (const problem of problems) console.log(`PROBLEM: ${problem}`)
process.exitCode = problems.length === 0 ? 0 : 1

async function startOne(_: unknown, index: number) {
  const startedAtMs = performance.now()
  // All with one label: they must come apart by themselves.
  const child = Bun.spawn([launcher, "start", "asker", "--headless", "--prompt", `${index}`], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", BOT_BOTTLE_HOME: root, ANTHROPIC_API_KEY: "sk-ant-api03-of-the-bench" },
  })
  const errors = new Response(child.stderr).text()
  let firstWordMs: number | undefined
  for await (const _chunk of child.stdout) firstWordMs ??= performance.now() - startedAtMs
  return { exitCode: await child.exited, errors: await errors, firstWordMs }
}

async function compareBooks(): Promise<void> {
  const ledger = await openLedger(join(root, "bot-bottle.db"))
  const all = await ledger.listRuns({ all: true })
  const [row] = await ledger.usage({ by: "provider" })
  const booked = [row?.requests ?? 0, row?.usage.inputTokens ?? 0, row?.usage.outputTokens ?? 0]
  const billed = [
    standIn.bill.length,
    standIn.bill.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
    standIn.bill.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
  ]
  const expected = runs * REQUESTS_EACH
  console.log(`requests                 ${booked[0]} in the ledger, ${billed[0]} on the bill, ${expected} expected`)
  if (booked.join() !== billed.join() || booked[0] !== expected) {
    problems.push(`the ledger says ${booked.join(", ")}, the bill ${billed.join(", ")}`)
  }
  if ((row?.estimatedRequests ?? 0) > 0) problems.push(`${row?.estimatedRequests} requests were estimated`)
  const shared = all.filter((run) => all.some((other) => other !== run && haveLabelAtOnce(run, other)))
  if (shared.length > 0) problems.push(`${shared.length} runs had the label of another that was running`)
  const open = all.filter(({ status }) => status !== "ended")
  if (open.length > 0) problems.push(`${open.length} runs are not ended`)
  const steps = await ledger.listPendingEnforcement()
  if (steps.length > 0) problems.push(`${steps.length} steps are pending`)
  await ledger.close()
}

function haveLabelAtOnce(one: Run, other: Run): boolean {
  if (one.label !== other.label) return false
  return one.startedAtMs < (other.endedAtMs ?? Infinity) && other.startedAtMs < (one.endedAtMs ?? Infinity)
}

/** An ended run keeps its folder, to be resumed from; nothing else may be there, and nothing may run. */
async function lookForRests(): Promise<void> {
  const left = (await listProcesses()).filter(({ text }) => text.includes(folder))
  const folders = (await readdir(join(root, "state"))).filter((name) => !name.startsWith("."))
  const leftFolders = Math.abs(folders.length - runs)
  console.log(`left over                ${left.length} processes, ${leftFolders} folders without a run`)
  if (left.length > 0) problems.push(`left running: ${left.map(({ pid }) => pid).join(", ")}`)
  if (leftFolders > 0) problems.push(`${folders.length} run folders for ${runs} runs`)
}

function samplePeakKb() {
  let peakKb = 0
  let isOver = false
  const sampling = (async () => {
    while (!isOver) {
      const own = (await listProcesses()).filter(({ text }) => text.includes(folder))
      peakKb = Math.max(
        peakKb,
        own.reduce((sum, { rssKb }) => sum + rssKb, 0),
      )
      await Bun.sleep(SAMPLE_MS)
    }
  })()
  return {
    async end(): Promise<number> {
      isOver = true
      await sampling
      return peakKb
    },
  }
}

/** `text` holds what ties a process to this bench: its folder, its command line, its mounts. */
async function listProcesses() {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")
      const [status, ...texts] = await Promise.all([
        read("status"),
        read("cmdline"),
        read("environ"),
        read("mountinfo"),
      ])
      const rssKb = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
      return { pid, rssKb, text: texts.join("\n") }
    }),
  )
  return found
}

async function writeManifests(): Promise<void> {
  for (const name of ["agents", "bottles"]) await mkdir(join(root, name), { recursive: true, mode: 0o700 })
  const script = `console.log("running"); for (let n = 0; n < ${REQUESTS_EACH}; n += 1) {
    const answer = await fetch("https://api.anthropic.com/v1/messages", {
      method: "POST", proxy: "http://127.0.0.1:${GUEST.proxyPort}",
      headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ model: "bench", max_tokens: 100, messages: [{ role: "user", content: "hi" }] }) });
    if (answer.status !== 200) { console.error(answer.status, await answer.text()); process.exit(9) }
    await answer.text();
  }`
  const argv = JSON.stringify([`${GUEST.runtime}/bun`, "-e", script])
  await Bun.write(join(root, "ca.pem"), standIn.caPem)
  await Bun.write(
    join(root, "settings.yml"),
    `resolve:\n  api.anthropic.com: ${standIn.address}\nupstream_ca: ${join(root, "ca.pem")}\n`,
  )
  await Bun.write(
    join(root, "bottles/two.md"),
    `---\nagent_provider:\n  template: command\n  meters: [claude]\n  argv: ${argv}\n---\n`,
  )
  await Bun.write(join(root, "agents/asker.md"), "---\nbottle: two\n---\nAsks twice.\n")
}

function share(numbers: readonly number[], part: number): string {
  const sorted = [...numbers].sort((a, b) => a - b)
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN).toFixed(0)
}
