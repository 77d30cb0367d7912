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
