// Billed answers in every packing, and under names that pack nothing: the usage in them is read.

import { expect, test } from "bun:test"
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { askRawProvider, messages } from "../testing/billed-proxy.ts"

const USAGE = { input_tokens: 25, output_tokens: 40 }
const JSON_ANSWER = Buffer.from(JSON.stringify({ type: "message", content: [], usage: USAGE }))
const EVENTS = Buffer.from(
  [
    { type: "message_start", message: { usage: { input_tokens: 25, output_tokens: 1 } } },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: USAGE },
    { type: "message_stop" },
  ]
    .map((event) => `data: ${JSON.stringify(event)}\n\n`)
    .join(""),
)
const AS_IT_IS = (bytes: Buffer) => bytes

// biome-ignore format: a table
test.each([
  // content-encoding        the body
  ["identity",               AS_IT_IS],
  ["utf-8",                  AS_IT_IS],
  ["none",                   AS_IT_IS],
  ["gzip",                   gzipSync],
  ["X-Gzip",                 gzipSync],
  ["deflate",                deflateSync],
  ["br",                     brotliCompressSync],
  ["zstd",                   zstdCompressSync],
  ["utf-8, gzip",            gzipSync],
  ["gzip, br",               (bytes: Buffer) => brotliCompressSync(gzipSync(bytes))],
] as const)("an answer sent as '%s' is charged by its usage, and arrives as it was sent", async (coding, pack) => {
  for (const [stream, type, body] of [[false, "application/json", JSON_ANSWER], [true, "text/event-stream", EVENTS]] as const) {
    await using exchange = await askRawProvider(messages({ stream }))
    const { proxy, agent, far } = exchange
    const packed = pack(body)
    far.send(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Encoding: ${coding}\r\nContent-Length: ${packed.length}\r\n\r\n`)
    far.send(packed)
    const answer = await agent.readResponse()
    expect([answer?.body, answer?.headers["content-encoding"]]).toEqual([Buffer.from(packed), coding])
    await proxy.close()
    const [row] = await proxy.ledger.usage({ by: "run" })
    expect(row).toMatchObject({ requests: 1, estimatedRequests: 0, usage: { inputTokens: 25, outputTokens: 40 } })
  }
})

test("INV-55: a cut ends a stream that is labelled with a name that packs nothing in the provider's words", async () => {
  await using exchange = await askRawProvider(messages({ stream: true }))
  const { proxy, agent, far } = exchange
  far.send(
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: utf-8\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: {}\n\r\n",
  )
  await agent.readHead()
  expect((await agent.readChunk())?.toString()).toBe("data: {}\n")
  await proxy.control("POST", "/cutoff")
  let rest = ""
  for (let chunk = await agent.readChunk(); chunk !== undefined; chunk = await agent.readChunk()) rest += chunk
  expect(rest).toContain("billing_error")
})
