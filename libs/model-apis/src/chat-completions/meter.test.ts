import { expect, test } from "bun:test"
import { responseHead } from "../metering/response-head-fixture.ts"
import { createMeter } from "./meter.ts"

const USAGE = { prompt_tokens: 50, completion_tokens: 7, total_tokens: 57 }

// biome-ignore format: a table
test.each([
  // chunks                                                                              how          input  output  whole
  [[chunk("Hi"), { ...chunk(), choices: [], usage: USAGE }],                             "complete",  50,    7,      undefined],
  [[chunk("Hi"), { ...chunk(), usage: USAGE }],                                          "cut-short", 50,    7,      undefined],
  [[chunk("one two three four five six seven eight nine ten eleven"), { ...chunk(), usage: { prompt_tokens: 50, completion_tokens: 1 } }], "cut-short", 50, 13, undefined],
  [[chunk("Hi")],                                                                        "cut-short", 30,    2,      undefined],
  [[],                                                                                   "cut-short", 30,    0,      undefined],
  [[{ ...chunk("Hi"), model: "o3-mini" }],                                               "cut-short", 30,    2,      true],
  [[{ ...chunk(), model: "o3-mini" }],                                                   "cut-short", 30,    0,      undefined],
  [[{ error: { message: "no" } }],                                                       "unbilled",  0,     0,      undefined],
  [[{ ...chunk(), choices: [], usage: null }],                                           "cut-short", 30,    0,      undefined],
  [[{ ...chunk(), choices: [], usage: { prompt_tokens: "50" } }],                        "cut-short", 50,    0,      undefined],
] as const)("a stream torn after %j is %s", (chunks, how, input, output, whole) => {
  const reading = read(chunks)
  const { usage, settleAtLeastReservation } = reading
  expect({ how: reading.how, input: usage.inputTokens, whole: settleAtLeastReservation }).toEqual({ how, input, whole })
  expect(usage.outputTokens).toBeWithin(output, output * 2 + 1)
})

const TEN = "one two three four five six seven eight nine ten"

// biome-ignore format: a table
test.each([
  // what a delta adds beside plain text
  [{ content: [{ type: "thinking", thinking: [{ type: "text", text: TEN }] }] }],
  [{ content: [{ type: "text", text: TEN }] }],
  [{ content: [TEN] }],
  [{ reasoning_content: TEN }],
  [{ reasoning: TEN }],
  [{ reasoning_details: [{ type: "reasoning.text", text: TEN }] }],
  [{ refusal: TEN }],
  [{ audio: { transcript: TEN } }],
  [{ tool_calls: [{ index: 0, function: { name: "f", arguments: TEN } }] }],
  [{ tool_calls: [{ index: 0, function: { name: "f", arguments: { text: TEN } } }] }],
  [{ tool_calls: [{ index: 0, custom: { name: "f", input: TEN } }] }],
  [{ function_call: { name: "f", arguments: TEN } }],
] as const)("a stream without usage is charged for %j", (delta) => {
  for (const place of [{ delta }, { message: delta }])
    expect(read([{ choices: [{ index: 0, ...place }] }]).usage.outputTokens).toBeWithin(10, 40)
})

test("a stream with a picture and without usage is charged the reservation", () => {
  const images = [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }]
  expect(read([{ choices: [{ index: 0, delta: { images } }] }]).settleAtLeastReservation).toBe(true)
})

// biome-ignore format: a table
test.each([
  [{ content: null, tool_calls: [{ function: { name: "f", arguments: "{}" } }] }, true],
  [{ content: [{ type: "text", text: "Hi" }] },                                   true],
  [{ content: null, reasoning_content: "Hm" },                                    true],
  [{ content: "" },                                                               false],
  [{ content: [], tool_calls: [] },                                               false],
] as const)("a zero beside %j in JSON is not its count: %p", (message, estimated) => {
  const meter = createMeter(responseHead({ stream: false }))
  const body = { choices: [{ message }], usage: { prompt_tokens: 50, completion_tokens: 0 } }
  meter.push(new TextEncoder().encode(JSON.stringify(body)))
  expect(meter.end("finished").estimated).toBe(estimated)
})

test("an error status costs nothing, whatever it says", () => {
  const meter = createMeter(responseHead({ status: 429, contentType: "application/json", stream: false }))
  meter.push(new TextEncoder().encode(JSON.stringify({ usage: USAGE })))
  expect(meter.end("finished").how).toBe("unbilled")
})

test("a JSON body of 200 MB is exact and held in less than 64 MB", () => {
  const piece = new Uint8Array(64 * 1024).fill(0x78)
  const meter = createMeter(responseHead({ stream: false }))
  Bun.gc(true)
  const before = process.memoryUsage.rss()
  meter.push(new TextEncoder().encode('{"choices":[{"message":{"content":"'))
  for (let sent = 0; sent < 3200; sent++) meter.push(piece)
  // Memory that is held, not memory that waits to be collected: that grows with everything else
  // this process has loaded.
  Bun.gc(true)
  const grown = process.memoryUsage.rss() - before
  meter.push(new TextEncoder().encode(`"}}],"usage":${JSON.stringify(USAGE)}}`))
  expect(meter.end("finished")).toMatchObject({ how: "complete", usage: { inputTokens: 50, outputTokens: 7 } })
  expect(grown).toBeLessThan(64 * 1024 * 1024)
})

function chunk(content?: string) {
  return { id: "c", model: "gpt-4o", choices: [{ index: 0, delta: content === undefined ? {} : { content } }] }
}

function read(chunks: readonly object[]) {
  const meter = createMeter(responseHead())
  for (const one of chunks) meter.push(new TextEncoder().encode(`data: ${JSON.stringify(one)}\n\n`))
  return meter.end("torn")
}
