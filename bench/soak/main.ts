// A day's work in minutes: 200 000 metered requests, then 1 000 open streams, through one proxy.
// Afterwards every request is in the ledger, to the token, and the proxy is no larger than before.
//
//   bun bench/soak/main.ts [--smoke] [--requests 200000] [--streams 1000] [--seconds 15]
//
// Fails when a row is missing, a token is wrong, or memory grew by more than a tenth.

import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import type { CredentialedRoute, Usage } from "@bot-bottle/contracts"
import { openLedger } from "@bot-bottle/ledger"
import { type BilledRequest, startStandIn } from "@bot-bottle/stand-in"
import { type Connection, openConnection, type Way } from "../egress/client.ts"
import { type BenchProxy, startProxy } from "../egress/proxy.ts"

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    requests: { type: "string", default: "200000" },
    streams: { type: "string", default: "1000" },
    seconds: { type: "string", default: "15" },
  },
})
const requests = values.smoke ? 2000 : Number(values.requests)
const streams = values.smoke ? 50 : Number(values.streams)
const seconds = values.smoke ? 2 : Number(values.seconds)
const LANES = 32
/** Bun settles into its working size over the first requests; growth is counted from here. */
const WARM_SHARE = 0.25
const CLOCK_TICKS = 100
const HOST = "api.anthropic.com"
const USAGE = { inputTokens: 20, cacheReadTokens: 5, cacheWriteTokens: 3, outputTokens: 9, reasoningTokens: 0 }

const slowText = Array.from({ length: seconds }, (_, index) => `w${index}`).join(" ")
await using upstream = await startStandIn({
  hosts: [HOST],
  reply: ({ body }) =>
    body.includes('"slow"') ? { text: slowText, usage: USAGE, delayMs: 1000 } : { text: "ok", usage: USAGE },
})
interface Soaked {
  readonly proxy: BenchProxy
  readonly way: Way
}

// Each in a proxy of its own: what one leaves on the heap is not the other's. Both start now, from the same sources.
const [first, second] = [await openSoaked(), await openSoaked()]
let grown: number
try {
  grown = await checked(first, sendMany)
  await checked(second, holdMany)
} finally {
  for (const { proxy } of [first, second]) await proxy[Symbol.asyncDispose]()
}
process.exit(grown <= 1.1 ? 0 : 1)

async function openSoaked(): Promise<Soaked> {
  const route: CredentialedRoute = {
    host: HOST,
    port: 443,
    scheme: "https",
    effect: "allow",
    inspect: true,
    matches: "every",
    origin: "bench",
    metering: { provider: "claude", api: "anthropic-messages" },
  }
  const proxy = await startProxy({
    routes: [route],
    resolve: { [HOST]: upstream.address },
    upstreamCa: upstream.caPem,
  })
  const through = { connectPort: 443, ca: [proxy.caPem], proxy: { unix: proxy.socket } }
  return { proxy, way: { host: HOST, upstreamPort: upstream.port, ...through } }
}

/** The ledger is the bill afterwards. */
async function checked<T>(soaked: Soaked, work: (soaked: Soaked) => Promise<T>): Promise<T> {
  const billedBefore = upstream.bill.length
  const result = await work(soaked)
  await compareBooks(soaked.proxy, upstream.bill.slice(billedBefore))
  return result
}

/** Says how much the proxy grew after warming up. */
async function sendMany({ proxy, way }: Soaked): Promise<number> {
  const startedAtMs = performance.now()
  const sizes: number[] = []
  let left = requests
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    let connection = await openConnection(way)
    for (let sent = 0; left > 0; sent += 1) {
      left -= 1
      if (left % Math.ceil(requests / 20) === 0) sizes.push(rssKib(proxy))
      // New tunnels now and then: a day has many.
      if (sent % 500 === 499) {
        connection.close()
        connection = await openConnection(way)
      }
      await connection.exchange(ask(lane % 2 === 0 ? "quick" : "quick-stream", lane % 2 === 1))
    }
    connection.close()
  })
  await Promise.all(lanes)
  const perSecond = requests / ((performance.now() - startedAtMs) / 1000)
  const warm = Math.max(...sizes.slice(0, Math.ceil(sizes.length * WARM_SHARE)))
  const last = median(sizes.slice(-4))
  console.log(
    `${requests} metered requests, ${Math.round(perSecond)} a second: ` +
      `${mib(warm)} MiB once warm, ${mib(last)} MiB at the end (${(last / warm).toFixed(2)}; target ≤ 1.10)`,
  )
  return values.smoke ? 1 : last / warm
}

async function holdMany({ proxy, way }: Soaked): Promise<void> {
  const before = rssKib(proxy)
  const ended: Promise<void>[] = []
  const connections: Connection[] = []
  let alive = 0
  for (let index = 0; index < streams; index += 1) {
    const connection = await openConnection(way)
    connections.push(connection)
    const { promise, resolve } = Promise.withResolvers<void>()
    let text = ""
    const onBytes = (chunk: Uint8Array): void => {
      text = (text + Buffer.from(chunk).toString("latin1")).slice(-400)
      if (!text.includes("message_stop")) return
      alive += 1
      resolve()
    }
    connection.listen(ask("slow", true), onBytes, resolve)
    ended.push(promise)
  }
  const cpuBefore = cpuSeconds(proxy)
  await Bun.sleep((seconds * 1000) / 2)
  const during = rssKib(proxy)
  await Promise.all(ended)
  const cpu = cpuSeconds(proxy) - cpuBefore
  for (const connection of connections) connection.close()
  const each = (during - before) / streams
  console.log(
    `${streams} open streams at an event a second: ${alive} lived to their end, ${each.toFixed(0)} KiB each ` +
      `(target ≤ 45), ${cpu.toFixed(1)} s of CPU for ${seconds} s (target ≤ 2 for 15)`,
  )
  if (alive !== streams) throw new Error(`${streams - alive} streams broke off`)
}

/** The ledger against the bill, once everything is settled. Throws when they differ. */
async function compareBooks(proxy: BenchProxy, bill: readonly BilledRequest[]): Promise<void> {
  await using ledger = await openLedger(proxy.ledgerPath)
  const expected = { requests: bill.length, tokens: bill.reduce((sum, { usage }) => sum + tokensOf(usage), 0) }
  for (const deadlineMs = Date.now() + 10_000; ; await Bun.sleep(50)) {
    const [row] = await ledger.usage({ by: "run" })
    const booked = { requests: row?.requests ?? 0, tokens: row === undefined ? 0 : tokensOf(row.usage) }
    if (booked.requests < expected.requests && Date.now() < deadlineMs) continue
    const isExact =
      booked.requests === expected.requests && booked.tokens === expected.tokens && row?.estimatedRequests === 0
    console.log(
      `  ledger ${booked.requests} requests, ${booked.tokens} tokens; bill ${expected.requests}, ${expected.tokens}`,
    )
    if (!isExact) throw new Error("The ledger is not the bill")
    return
  }
}

function tokensOf({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens }: Usage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens
}

function ask(model: string, stream: boolean): string {
  const body = JSON.stringify({ model, max_tokens: 100, stream, messages: [{ role: "user", content: "Go on" }] })
  return `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

function rssKib(proxy: BenchProxy): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${proxy.pid}/status`, "utf8"))?.[1])
}

function cpuSeconds(proxy: BenchProxy): number {
  const fields = readFileSync(`/proc/${proxy.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS
}

function median(sizes: readonly number[]): number {
  return sizes.toSorted((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? Number.NaN
}

function mib(kib: number): string {
  return (kib / 1024).toFixed(0)
}
