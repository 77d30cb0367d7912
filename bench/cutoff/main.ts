// How long an operator's cutoff takes: from asking the control socket to the last byte of each of
// 100 open, metered streams. The target is 50 ms at p99.
//
//   bun bench/cutoff/main.ts [--smoke] [--rounds 20] [--streams 100]

import { parseArgs } from "node:util"
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
const USAGE = { inputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 0 }

const never = Promise.withResolvers<void>()
await using upstream = await startStandIn({
  hosts: [HOST],
  reply: () => ({ text: "one two", usage: USAGE, beforeEvent: (index) => (index < 3 ? undefined : never.promise) }),
})
await using proxy = await startProxy({
  routes: [
    {
      host: HOST,
      port: 443,
      scheme: "https",
      effect: "allow",
      inspect: true,
      matches: "every",
      origin: "bench",
      metering: { provider: "claude", api: "anthropic-messages" },
    },
  ],
  resolve: { [HOST]: upstream.address },
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

const endedAfterMs: number[] = []
const answeredAfterMs: number[] = []
for (let round = 0; round < rounds; round += 1) {
  const open = await Promise.all(Array.from({ length: streams }, openStream))
  const askedAt = performance.now()
  const answer = await fetch("http://control/cutoff", { method: "POST", unix: proxy.control })
  await answer.arrayBuffer()
  answeredAfterMs.push(performance.now() - askedAt)
  for (const endedAt of await Promise.all(open.map((stream) => stream.ended))) endedAfterMs.push(endedAt - askedAt)
  for (const { close } of open) close()
  await (await fetch("http://control/restore", { method: "POST", unix: proxy.control })).arrayBuffer()
}
endedAfterMs.sort((a, b) => a - b)
const at = (share: number): string =>
  (endedAfterMs[Math.floor((endedAfterMs.length - 1) * share)] ?? Number.NaN).toFixed(1)
console.log(
  `${rounds} cutoffs of ${streams} open streams: last byte after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`,
)
process.exit(0)

/** Resolves once the stream's first events are here; `ended` with the time of its last chunk. */
async function openStream(): Promise<{ readonly ended: Promise<number>; close(): void }> {
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
