// How long an operator's cutoff takes, from asking the control socket. It ends with the last byte
// of each of 100 open, metered event streams, and with the last message on each of 20 open, metered
// WebSockets. A run may have 48 of those. The target is 50 ms at p99.
//
//   bun bench/cutoff/main.ts [--smoke] [--rounds 20] [--streams 100]

import { parseArgs } from "node:util"
import type { Route } from "@bot-bottle/contracts"
import { startStandIn } from "@bot-bottle/stand-in"
import { openConnection } from "../egress/client.ts"
import { startProxy } from "../egress/proxy.ts"

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    rounds: { type: "string", default: "20" },
    streams: { type: "string", default: "100" },
  },
})
const rounds = values.smoke ? 2 : Number(values.rounds)
const streams = Number(values.streams)
const HOST = "api.anthropic.com"
const SOCKET_HOST = "api.openai.com"
const USAGE = { inputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 0 }

const never = Promise.withResolvers<void>()
await using upstream = await startStandIn({
  hosts: [HOST, SOCKET_HOST],
  reply: () => ({ text: "one two", usage: USAGE, beforeEvent: (index) => (index < 3 ? undefined : never.promise) }),
})
await using proxy = await startProxy({
  routes: [meteredRoute(HOST, "claude", "anthropic-messages"), meteredRoute(SOCKET_HOST, "codex", "openai-responses")],
  resolve: { [HOST]: upstream.address, [SOCKET_HOST]: upstream.address },
  upstreamCa: upstream.caPem,
})

const way = {
  host: HOST,
  upstreamPort: upstream.port,
  connectPort: 443,
  ca: [proxy.caPem],
  proxy: { unix: proxy.socket },
}
const body = JSON.stringify({
  model: "claude-sonnet-4-5",
  max_tokens: 100,
  stream: true,
  messages: [{ role: "user", content: "Go on" }],
})
const request = `POST /v1/messages HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const create = JSON.stringify({ type: "response.create", model: "gpt-5", max_output_tokens: 100, input: "Go on" })
const handshake = `GET /v1/responses HTTP/1.1\r\nHost: ${SOCKET_HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`

await measure("event streams", streams, openStream)
// Two rounds of them fit, should the one before still be closing.
await measure("WebSockets", Math.min(streams, 20), openSocket)
process.exit(0)

async function measure(what: string, count: number, open: () => Promise<OpenStream>): Promise<void> {
  const endedAfterMs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const opened = await Promise.all(Array.from({ length: count }, open))
    const askedAt = performance.now()
    const answer = await fetch("http://control/cutoff", { method: "POST", unix: proxy.control })
    await answer.arrayBuffer()
    for (const endedAt of await Promise.all(opened.map((stream) => stream.ended))) endedAfterMs.push(endedAt - askedAt)
    for (const { close } of opened) close()
    await (await fetch("http://control/restore", { method: "POST", unix: proxy.control })).arrayBuffer()
  }
  endedAfterMs.sort((a, b) => a - b)
  const at = (share: number): string =>
    (endedAfterMs[Math.floor((endedAfterMs.length - 1) * share)] ?? Number.NaN).toFixed(1)
  console.log(
    `${rounds} cutoffs of ${count} open ${what}: last byte after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`,
  )
}

interface OpenStream {
  readonly ended: Promise<number>
  close(): void
}

/** Resolves once the stream's first events are here; `ended` with the time of its last chunk. */
async function openStream(): Promise<OpenStream> {
  const connection = await openConnection(way)
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<number>()
  let seen = ""
  connection.listen(
    request,
    (chunk) => {
      seen += Buffer.from(chunk).toString("latin1")
      if (seen.includes("content_block_start")) begun.resolve()
      if (seen.includes("billing_error") && seen.endsWith("0\r\n\r\n")) ended.resolve(performance.now())
    },
    () => ended.resolve(performance.now()),
  )
  await begun.promise
  return { ended: ended.promise, close: () => connection.close() }
}

/** The same of a turn over a socket: the first message goes out once the handshake is through. */
async function openSocket(): Promise<OpenStream> {
  const connection = await openConnection({ ...way, host: SOCKET_HOST })
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<number>()
  let seen = ""
  let isOpen = false
  const read = (chunk: Uint8Array): void => {
    seen += Buffer.from(chunk).toString("latin1")
    if (!isOpen && seen.includes("101 Switching Protocols")) {
      isOpen = true
      connection.listen(maskedFrame(create), read, closed)
    }
    if (seen.startsWith("HTTP/1.1 ") && !seen.startsWith("HTTP/1.1 101")) begun.reject(new Error(`Refused: ${seen}`))
    if (seen.includes("response.output_item.added")) begun.resolve()
    if (seen.includes("invalid_prompt")) ended.resolve(performance.now())
  }
  const closed = (): void => ended.resolve(performance.now())
  connection.listen(handshake, read, closed)
  await begun.promise
  return { ended: ended.promise, close: () => connection.close() }
}

/** One text frame under a mask of zeros; of 126 bytes to 64 KiB. */
function maskedFrame(text: string): Uint8Array {
  const payload = Buffer.from(text.padEnd(126))
  return Buffer.concat([Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 0xff, 0, 0, 0, 0]), payload])
}

function meteredRoute(host: string, provider: string, api: string): Route {
  const metering = { provider, api }
  return {
    host,
    port: 443,
    scheme: "https",
    effect: "allow",
    inspect: true,
    matches: "every",
    origin: "bench",
    metering,
  }
}
