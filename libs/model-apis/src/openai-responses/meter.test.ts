import { expect, test } from "bun:test"
import { NO_USAGE } from "@bot-bottle/contracts"
import { chunksOf } from "@bot-bottle/testkit"
import { responseHead } from "../metering/response-head-fixture.ts"
import { createMeter } from "./meter.ts"

const USAGE = { input_tokens: 50, input_tokens_details: { cached_tokens: 0 }, output_tokens: 7, total_tokens: 57 }
const CREATED = { type: "response.created", response: { id: "resp_1", model: "gpt-5.2" } }

// biome-ignore format: a table
test.each([
  // body                                              head                           reading
  ["",                                                 {},                            { how: "cut-short", input: 30, whole: undefined }],
  ["",                                                 { stream: false },    { how: "cut-short", input: 30, whole: true }],
  ['{"id":"resp_1"',                                   {},                            { how: "cut-short", input: 30, whole: true }],
  ['{"id":"resp_1","usage":null}',                     {},                            { how: "cut-short", input: 30, whole: true }],
  ['{"status":"failed","usage":null}',                 {},                            { how: "unbilled",  input: 0,  whole: undefined }],
  ['{"status":"failed","error":{"code":"x"},"out',     {},                            { how: "cut-short", input: 30, whole: true }],
  [`{"usage":${JSON.stringify(USAGE)}}`,               { contentType: "text/event-stream" }, { how: "complete", input: 50, whole: undefined }],
  [`{"usage":${JSON.stringify(USAGE)}}`,               { status: 400 },               { how: "unbilled",  input: 0,  whole: undefined }],
  ["<html>",                                           {},                            { how: "cut-short", input: 30, whole: undefined }],
] as const)("a response %j, with %j, is %j", (body, head, expected) => {
  const meter = createMeter(responseHead(head))
  meter.push(new TextEncoder().encode(body))
  const { how, usage, settleAtLeastReservation } = meter.end("torn")
  expect({ how, input: usage.inputTokens, whole: settleAtLeastReservation }).toEqual(expected)
})

// biome-ignore format: a table
test.each([
  // body                                                              head                        chain
  [`{"id":"resp_9","usage":${JSON.stringify(USAGE)}}`,                 {},                         { responseId: "resp_9", tokens: 57 }],
  [`{"id":"resp_9","usage":${JSON.stringify(USAGE)}}`,                 { repeatedTokens: 20 },     { responseId: "resp_9", tokens: 39 }],
  [`{"id":"resp_9","usage":${JSON.stringify(USAGE)}}`,                 { repeatedTokens: 900 },    { responseId: "resp_9", tokens: 0 }],
  [`data: ${JSON.stringify({ type: "response.completed", response: { id: "resp_9", usage: USAGE } })}\n\n`, {}, { responseId: "resp_9", tokens: 57 }],
  [`data: ${JSON.stringify(CREATED)}\n\n`,                            {},                         undefined],
  ['{"id":"resp_9","usage":{"input_tokens":0}}',                       {},                         undefined],
  [`{"usage":${JSON.stringify(USAGE)}}`,                               {},                         undefined],
  [`{"id":"resp_9","usage":${JSON.stringify(USAGE)}}`,                 { status: 500 },            undefined],
] as const)("what a request that continues %j, with %j, sends again", (body, head, chain) => {
  const meter = createMeter(responseHead(head))
  meter.push(new TextEncoder().encode(body))
  expect(meter.chain).toBeUndefined()
  meter.end("finished")
  expect(meter.chain).toEqual(chain)
})

test("usage is the same object until a total rises", () => {
  const meter = createMeter(HEAD)
  meter.push(event(CREATED))
  expect(meter.usage).toBe(NO_USAGE)
  meter.push(event({ type: "response.completed", response: { usage: USAGE } }))
  expect(meter.usage).toEqual({ ...NO_USAGE, inputTokens: 50, outputTokens: 7 })
})

test("a last event that repeats megabytes still names the bill, however cut", () => {
  const output = [{ type: "message", usage: { input_tokens: 9 }, text: "x".repeat(3 * 1024 * 1024) }]
  const completed = { type: "response.completed", response: { id: "resp_1", model: "gpt-5.2", output, usage: USAGE } }
  for (const size of [1000, 65_536, Number.POSITIVE_INFINITY]) {
    const meter = createMeter(HEAD)
    for (const chunk of chunksOf(Buffer.concat([event(CREATED), event(completed)]), size)) meter.push(chunk)
    expect(meter.end("finished")).toEqual({
      how: "complete",
      usage: { ...NO_USAGE, inputTokens: 50, outputTokens: 7 },
      estimated: false,
      model: "gpt-5.2",
      providerRequestId: "resp_1",
    })
  }
})

const CHUNK = new Uint8Array(64 * 1024).fill(0x78)

test.each([
  ["a JSON body", '{"output":[{"text":"', `"}],"usage":${JSON.stringify(USAGE)}}`],
  [
    "one event",
    'data: {"type":"response.completed","response":{"output":"',
    `","usage":${JSON.stringify(USAGE)}}}\n\n`,
  ],
])("%s of 200 MB is exact and held in less than 64 MB", (_what, opening, closing) => {
  const meter = createMeter(HEAD)
  Bun.gc(true)
  const before = process.memoryUsage.rss()
  meter.push(new TextEncoder().encode(opening))
  for (let sent = 0; sent < 3200; sent++) meter.push(CHUNK)
  // Memory that is held, not memory that waits to be collected: that grows with everything else
  // this process has loaded.
  Bun.gc(true)
  const grown = process.memoryUsage.rss() - before
  meter.push(new TextEncoder().encode(closing))
  expect(meter.end("finished")).toMatchObject({ how: "complete", usage: { inputTokens: 50, outputTokens: 7 } })
  expect(grown).toBeLessThan(64 * 1024 * 1024)
})

const HEAD = responseHead()

function event(value: object): Uint8Array {
  return new TextEncoder().encode(`data: ${JSON.stringify(value)}\n\n`)
}
