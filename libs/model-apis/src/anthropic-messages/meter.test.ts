import { expect, test } from "bun:test"
import { NO_USAGE } from "@bot-bottle/contracts"
import { responseHead } from "../metering/response-head-fixture.ts"
import type { ResponseHead, ResponseMeter } from "../model-api.ts"
import { createMeter } from "./meter.ts"

const START = {
  type: "message_start",
  message: { id: "msg_1", model: "m", usage: { input_tokens: 50, output_tokens: 1 } },
}

// biome-ignore format: a table
test.each([
  // what message_start said   what message_delta said                  the bill
  [{ input_tokens: 7, output_tokens: 5 },  { output_tokens: 61 },                   { input: 7,  output: 61 }],
  [{ input_tokens: 90 },       { output_tokens: 2, input_tokens: 0 },   { input: 90, output: 2 }],
  [{ input_tokens: 0 },        { output_tokens: 2, input_tokens: 9 },   { input: 9,  output: 2 }],
  [{ output_tokens: "5" },     { output_tokens: -1 },                   { input: 30, output: 5 }],
  [{ input_tokens: 1e300 },    { output_tokens: 2.5 },                  { input: 30, output: 0 }],
] as const)("keeps the largest total of %j and %j", (start, delta, bill) => {
  const { usage } = read([
    { type: "message_start", message: { usage: start } },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: delta },
  ])
  expect({ input: usage.inputTokens, output: usage.outputTokens }).toEqual(bill)
})

test("a message_stop without a total is cut short: message_start only opened the count", () => {
  expect(read([START, ...texts("one two three four five"), { type: "message_stop" }])).toMatchObject({
    how: "cut-short",
    estimated: true,
    usage: { inputTokens: 50 },
  })
})

test("a total that came before the tear is the provider's word", () => {
  const events = [START, { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } }]
  expect(read(events, "torn")).toMatchObject({ how: "complete", usage: { outputTokens: 9 } })
})

// biome-ignore format: a table
test.each([
  ["text",              texts("one two three four"),                                                    4,   8],
  ["tool input",        [delta({ type: "input_json_delta", partial_json: '{"path": "a.txt"}' })],       4,   12],
  ["shown thinking",    [delta({ type: "thinking_delta", thinking: "one two three four" })],            4,   8],
  ["hidden thinking",   [delta({ type: "thinking_delta", thinking: "", estimated_tokens: 40 }), delta({ type: "thinking_delta", thinking: "", estimated_tokens: 30 })], 70, 70],
  ["sealed thinking",   [delta({ type: "signature_delta", signature: "A".repeat(400) })],               100, 100],
  ["what was reported", [],                                                                             1,   1],
] as const)("a torn stream is charged the output that went by: %s", (_what, events, least, most) => {
  const reading = read([START, ...events], "torn")
  expect(reading).toMatchObject({ how: "cut-short", estimated: true, usage: { inputTokens: 50 } })
  expect(reading.usage.outputTokens).toBeWithin(least, most + 1)
})

// biome-ignore format: a table
test.each([
  // body            head                                          reading
  ["",               { inputTokens: 30 },                          { how: "cut-short", input: 30, whole: undefined }],
  [": ping\n\n",     { inputTokens: 30 },                          { how: "cut-short", input: 30, whole: undefined }],
  ["",               { inputTokens: 30, stream: false },  { how: "cut-short", input: 30, whole: true }],
  ['{"id":"msg_1"',  { inputTokens: 30 },                          { how: "cut-short", input: 30, whole: true }],
  ['{"id":"msg_1"}', { inputTokens: 30 },                          { how: "cut-short", input: 30, whole: true }],
  ["<html>",         { inputTokens: 30 },                          { how: "cut-short", input: 30, whole: undefined }],
  ['{"type":"error"}', { inputTokens: 30 },                        { how: "unbilled",  input: 0,  whole: undefined }],
  ['{"usage":{"input_tokens":5}}', { status: 529 },                { how: "unbilled",  input: 0,  whole: undefined }],
  ['{"usage":{"input_tokens":5}}', { status: 302 },                { how: "unbilled",  input: 0,  whole: undefined }],
] as const)("a response %j that never says its usage, with %j, is %j", (body, head, expected) => {
  const meter = createMeter(responseHead(head))
  meter.push(new TextEncoder().encode(body))
  const { how, usage, settleAtLeastReservation } = meter.end("torn")
  expect({ how, input: usage.inputTokens, whole: settleAtLeastReservation }).toEqual(expected)
})

// biome-ignore format: a table
test.each([
  ["application/json",  "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7}}}\n\n"],
  ["text/event-stream", "\ufeff\n {\"usage\":{\"input_tokens\":7}}"],
  ["",                  "{\"usage\":{\"input_tokens\":7}}"],
])("the first byte decides, not a content-type of '%s'", (contentType, body) => {
  const meter = createMeter(responseHead({ contentType }))
  for (const byte of new TextEncoder().encode(body)) meter.push(new Uint8Array([byte]))
  expect(meter.usage).toEqual({ ...NO_USAGE, inputTokens: 7 })
})

test("usage is the same object until a total rises", () => {
  const meter = createMeter(HEAD)
  push(meter, START)
  const before = meter.usage
  push(meter, ...texts("Hello"), { type: "ping" }, START)
  expect(meter.usage).toBe(before)
  push(meter, { type: "message_delta", delta: {}, usage: { output_tokens: 2 } })
  expect(meter.usage).not.toBe(before)
})

const CHUNK = new Uint8Array(64 * 1024).fill(0x78)
const CHUNKS = 3200

test.each([
  ["a JSON body", '{"content":[{"text":"', '"}],"usage":{"input_tokens":5,"output_tokens":6}}'],
  [
    "one event",
    'data: {"x":"',
    '"}\n\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":5,"output_tokens":6}}\n\n',
  ],
])("%s of 200 MB is exact and held in less than 64 MB", (_what, opening, closing) => {
  const meter = createMeter(HEAD)
  Bun.gc(true)
  const before = process.memoryUsage.rss()
  meter.push(new TextEncoder().encode(opening))
  for (let sent = 0; sent < CHUNKS; sent++) meter.push(CHUNK)
  // Memory that is held, not memory that waits to be collected: that grows with everything else
  // this process has loaded.
  Bun.gc(true)
  const grown = process.memoryUsage.rss() - before
  meter.push(new TextEncoder().encode(closing))
  expect(meter.end("finished")).toMatchObject({ how: "complete", usage: { inputTokens: 5, outputTokens: 6 } })
  expect(grown).toBeLessThan(64 * 1024 * 1024)
})

const HEAD: ResponseHead = responseHead()

function delta(delta: object) {
  return { type: "content_block_delta", index: 0, delta }
}

function texts(...parts: string[]) {
  return parts.map((text) => delta({ type: "text_delta", text }))
}

function push(meter: ResponseMeter, ...events: object[]): void {
  for (const event of events) meter.push(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`))
}

function read(events: readonly object[], how: "finished" | "torn" = "finished") {
  const meter = createMeter(HEAD)
  push(meter, ...events)
  return meter.end(how)
}
