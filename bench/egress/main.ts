// Compares the egress proxy with the direct way, two TLS relays, mitmproxy, squid and sandbox-runtime: same
// upstream, same client, rounds interleaved in one run. Prints medians and ratios; CPU is the proxy process's own.
//
//   bun bench/egress/main.ts [--smoke] [--rounds 3] [--seconds 2] [--work keep-alive-16]… [--alone]

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { mintServerCertificate } from "@bot-bottle/stand-in"
import { readJson } from "@bot-bottle/testkit"
import { botBottle, type Contender, direct, HOSTS, tlsRelay } from "./contenders.ts"
import { buildNodeClient, loadCommand, NODE_WORK } from "./load-command.ts"
import { haproxy } from "./native-relay.ts"
import { mitmproxy, sandboxRuntime, squid } from "./peer-contenders.ts"
import { firstLine } from "./proxy.ts"
import { watchProcess } from "./watch-process.ts"

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
    work: { type: "string", multiple: true },
    alone: { type: "boolean", default: false },
  },
})
const rounds = values.smoke ? 1 : Number(values.rounds)
const seconds = values.smoke ? 0.4 : Number(values.seconds)
const WORKS = [
  "keep-alive-16",
  "keep-alive-1",
  "handshakes",
  "post-1mb",
  "download-64mb",
  "sse-200",
  "sse-200-busy",
  NODE_WORK,
  "messages-200-busy",
  "streams-1000",
  "start",
] as const
/** One of each kind. */
const SMOKE_WORKS: readonly string[] = ["keep-alive-16", "post-1mb", "sse-200", "messages-200-busy", "start"]
const STARTS = 5
/** "metered" is not among them: a provider's host refuses an upload that it could not bill. */
const OURS: readonly string[] = ["direct", "tls-relay", "bot-bottle", "all on"]

interface Measured {
  readonly perSecond: number
  readonly cpuMs: number
  /** While all connections are open and none begins or ends. */
  readonly steadyCpuMs: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  /** The most that the process grew by while it worked. */
  readonly grownKib: number
}

const folder = await mkdtemp(join(tmpdir(), "bench-egress-"))
const certificate = await mintServerCertificate(Object.values(HOSTS))
await Bun.write(join(folder, "cert.pem"), certificate.chainPem)
await Bun.write(join(folder, "key.pem"), certificate.keyPem)
await buildNodeClient(folder)
const server = Bun.spawn(
  [process.execPath, join(import.meta.dir, "upstream.ts"), join(folder, "cert.pem"), join(folder, "key.pem")],
  { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
)
const upstream = { port: readJson(await firstLine(server.stdout), { port: "number" }).port, certificate }

const started = await Promise.all([
  direct(upstream),
  tlsRelay(upstream),
  haproxy(upstream),
  botBottle(upstream),
  botBottle(upstream, "everything"),
  botBottle(upstream, "metered"),
  ...(values.alone ? [] : [mitmproxy, squid, sandboxRuntime].map((peer) => peer(upstream))),
])
const contenders = started.filter((one) => one !== undefined)
const names = contenders.map(({ name }) => name)
for (const peer of values.alone ? ["haproxy"] : ["haproxy", "mitmproxy", "squid", "srt-bun"])
  if (!names.includes(peer)) console.log(`${peer} is not installed: left out of this run`)

try {
  for (const work of values.work ?? (values.smoke ? SMOKE_WORKS : WORKS)) {
    if (work === "start") {
      await printStarts()
      continue
    }
    if (work === NODE_WORK && Bun.which("node") === null) {
      console.log(`\n${work}: Node is not installed`)
      continue
    }
    const results = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round += 1) {
      for (const contender of contenders) {
        const measured = await measure(contender, work)
        if (measured !== undefined) results.get(contender.name)?.push(measured)
      }
    }
    print(work, results)
  }
} finally {
  await Promise.all(contenders.map((one) => one[Symbol.asyncDispose]()))
  await server.stdin.end()
  await server.exited
  await rm(folder, { recursive: true, force: true })
}

/** Undefined where the contender cannot do it: some take fewer connections than a work opens. */
async function measure(contender: Contender, work: string): Promise<Measured | undefined> {
  const watched = await watchProcess(contender.pid)
  const load = Bun.spawn(loadCommand(work, seconds, contender.way, folder), { stdout: "pipe", stderr: "pipe" })
  const [text, problem] = await Promise.all([new Response(load.stdout).text(), new Response(load.stderr).text()])
  const { cpuMs, steadyCpuMsPerSecond, grownKib } = await watched.end()
  if ((await load.exited) !== 0) {
    if (OURS.includes(contender.name)) throw new Error(`${contender.name} failed at ${work}: ${problem}`)
    return undefined
  }
  const { done, perSecond, p50Ms, p99Ms } = readJson(text, {
    done: "number",
    perSecond: "number",
    p50Ms: "number?",
    p99Ms: "number?",
  })
  const waits = p50Ms == null || p99Ms == null ? {} : { p50Ms, p99Ms }
  const steadyCpuMs = steadyCpuMsPerSecond / perSecond
  return { perSecond, ...waits, cpuMs: cpuMs / Math.max(done, 1), steadyCpuMs, grownKib }
}

/** From the start of the process until it takes connections, without the ones that ran above. */
async function printStarts(): Promise<void> {
  const makers = { "tls-relay": () => tlsRelay(upstream), "bot-bottle": () => botBottle(upstream) }
  const starts = new Map<string, number[]>(Object.keys(makers).map((name) => [name, []]))
  for (let round = 0; round < (values.smoke ? 1 : STARTS); round += 1) {
    for (const [name, make] of Object.entries(makers)) {
      await using contender = await make()
      starts.get(name)?.push(contender.startMs ?? Number.NaN)
    }
  }
  console.log("\nstart")
  for (const [name, ms] of starts) console.log(`  ${name.padEnd(12)} ${median(ms).toFixed(0).padStart(5)} ms`)
}

function print(work: string, results: ReadonlyMap<string, readonly Measured[]>): void {
  const rate = (name: string): number => median((results.get(name) ?? []).map((one) => one.perSecond))
  console.log(`\n${work}`)
  for (const [name, runs] of results) {
    if (runs.length === 0) {
      console.log(`  ${name.padEnd(12)}      cannot`)
      continue
    }
    const parts = [name.padEnd(12), `${rate(name).toFixed(1).padStart(10)} /s`]
    if (name !== "direct") {
      parts.push(`${(rate(name) / rate("direct")).toFixed(2)} of direct`)
      parts.push(`${median(runs.map((one) => one.cpuMs)).toFixed(3)} ms CPU each`)
    }
    if (name === "bot-bottle") parts.push(`${(rate(name) / rate("tls-relay")).toFixed(2)} of tls-relay`)
    if (name === "bot-bottle" && results.has("mitmproxy"))
      parts.push(`${(rate(name) / rate("mitmproxy")).toFixed(1)}x mitmproxy`)
    if (name === "metered") {
      const unmetered = results.get("bot-bottle") ?? []
      parts.push(`${ratio(runs, unmetered, (one) => one.cpuMs).toFixed(2)} of the CPU unmetered`)
      if (work === "messages-200-busy")
        parts.push(`${ratio(runs, unmetered, (one) => one.steadyCpuMs).toFixed(2)} while the answers run`)
    }
    if (work === "streams-1000" && name !== "direct")
      parts.push(`${(median(runs.map((one) => one.grownKib)) / 1_000).toFixed(0)} KiB a stream`)
    const [p50, p99] = [runs.map((one) => one.p50Ms ?? -1), runs.map((one) => one.p99Ms ?? -1)].map(median)
    if ((p50 ?? -1) >= 0) {
      const direct = median((results.get("direct") ?? []).map((one) => one.p50Ms ?? -1))
      parts.push(
        `delay p50 ${p50?.toFixed(2)} ms (${((p50 ?? -1) / direct).toFixed(1)} of direct), p99 ${p99?.toFixed(2)} ms`,
      )
    }
    console.log(`  ${parts.join("  ")}`)
  }
}

function ratio(some: readonly Measured[], others: readonly Measured[], of: (one: Measured) => number): number {
  return median(some.map(of)) / median(others.map(of))
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
