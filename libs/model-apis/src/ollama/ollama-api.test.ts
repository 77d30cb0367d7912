import { expect, test } from "bun:test"
import { DENIAL_STATUS, type Denial, type DenialReason, NO_USAGE } from "@bot-bottle/contracts"
import { responseHead } from "../metering/response-head-fixture.ts"
import { ollama } from "./ollama-api.ts"

// biome-ignore format: a table
test.each([
  // request                                              maxOutputTokens  stream
  [{ messages: [] },                                      undefined,       true],
  [{ prompt: "Hi", stream: false },                       undefined,       false],
  [{ prompt: "Hi", options: { num_predict: 64 } },        64,              true],
  [{ prompt: "Hi", options: { num_predict: -1 } },        undefined,       true],
  [{ prompt: "Hi", options: null },                       undefined,       true],
  [{ input: ["one", "two"] },                             0,               false],
] as const)("readRequest reads %j", async (more, maxOutputTokens, stream) => {
  expect(await read({ model: "qwen3:8b", ...more })).toMatchObject({ model: "qwen3:8b", maxOutputTokens, stream })
})

test.each([
  [{ prompt: "Hi" }, "no model"],
  [{ model: "m", messages: "Hi" }, "invalid messages"],
  [{ model: "m", options: [] }, "invalid options"],
  [{ model: "m", options: { num_predict: "64" } }, "a limit that is text"],
  [{ model: "m", options: { num_predict: 1.5 } }, "a fractional limit"],
])("readRequest refuses %j: %s", async (request) => {
  expect(await read(request)).toBeUndefined()
})

// biome-ignore format: a table
test.each([
  ['"options":{"num_predict":5},"Options":{"num_predict":9000}',         "the limit again, in another case"],
  ['"OPTIONS":{"num_predict":9000}',                                     "the limit in another case alone"],
  ['"option\u017f":{"num_predict":9000}',                                "the limit with a long s"],
  ['"MODEL":"dear","prompt":"Hi"',                                       "the model again"],
  ['"input":"x","Prompt":"Hi"',                                          "a prompt beside an input, in another case"],
] as const)("INV-5: a server that reads names in any case reads nothing else than we do: %s, %s", async (more) => {
  expect(await ollama.readRequest(bytes(`{"model":"m",${more}}`))).toBeUndefined()
})

test("INV-5: `input` beside a prompt or messages does not make an answer free", async () => {
  for (const more of [{ prompt: "Hi" }, { messages: [{ role: "user", content: "Hi" }] }])
    expect((await read({ model: "m", input: "x", ...more }))?.maxOutputTokens).toBeUndefined()
})

test("messages, images, tools and tokens to continue from are counted", async () => {
  const tokens = async (more: object) => (await read({ model: "qwen3:8b", ...more }))?.inputTokens ?? 0
  const none = await tokens({})
  expect(await tokens({ messages: [{ role: "user", content: "word ".repeat(1000) }] })).toBeWithin(1300, 1500)
  expect((await tokens({ context: new Array(1000).fill(1) })) - none).toBe(1300)
  expect((await tokens({ prompt: "", images: ["AAAA"] })) - none).toBeGreaterThan(1000)
  expect((await tokens({ tools: [{ type: "function", function: { name: "f" } }] })) - none).toBeWithin(20, 80)
})

// biome-ignore format: a table
test.each([
  // body                                                        limit  forwarded
  ['{"model":"m"}',                                              500,   '{"options":{"num_predict":500},"model":"m"}'],
  ['{"options":{"num_predict":64,"seed":1}}',                    500,   '{"options":{"num_predict":64,"seed":1}}'],
  ['{"options":{"num_predict":-1,"seed":1},"a":1.0e3}',          500,   '{"options":{"num_predict":500,"seed":1},"a":1.0e3}'],
  ['{"options": {"num_predict":9000} }',                         500,   '{"options":{"num_predict":500}}'],
  ['{"options":null}',                                           500,   '{"options":{"num_predict":500}}'],
] as const)("clampOutput lowers %s to %i and touches no other field", (body, limit, forwarded) => {
  expect(new TextDecoder().decode(ollama.clampOutput(bytes(body), limit))).toBe(forwarded)
})

// biome-ignore format: a table
test.each([
  // body                                                          how          input  output  whole
  ["",                                                             "cut-short", 30,    0,      undefined],
  ['{"response":"Hello"}\n',                                       "cut-short", 30,    1,      undefined],
  ['{"response":"Hello"}\n{"done":tr',                             "cut-short", 30,    1,      undefined],
  ['{"response":"","done":true,"done_reason":"load"}\n',           "unbilled",  0,     0,      undefined],
  ['{"error":"model not found"}\n',                                "unbilled",  0,     0,      undefined],
  ['{"response":"Hello","done":true}\n',                           "cut-short", 30,    1,      undefined],
  ['\n\n{"response":"",\n"done":true,\r\n"prompt_eval_count":5,"eval_count":6}', "complete", 5, 6, undefined],
] as const)("an answer %j is %s", (body, how, input, output, whole) => {
  const meter = ollama.createMeter(responseHead({ status: 200, stream: true }))
  for (const byte of bytes(body)) meter.push(new Uint8Array([byte]))
  const { usage, ...reading } = meter.end("torn")
  expect({ how: reading.how, input: usage.inputTokens, whole: reading.settleAtLeastReservation }).toEqual({ how, input, whole })
  expect(usage.outputTokens).toBeWithin(output, output * 2 + 1)
})

test("embeddings larger than we would hold are passed over, and their count is read", () => {
  const meter = ollama.createMeter(responseHead({ stream: false, maxOutputTokens: 0 }))
  const numbers = bytes("0.123456789,".repeat(8192))
  meter.push(bytes('{"embeddings":[['))
  for (let sent = 0; sent < 500; sent++) meter.push(numbers)
  meter.push(bytes('0]],"prompt_eval_count":8}'))
  expect(meter.end("finished")).toEqual({ how: "complete", usage: { ...NO_USAGE, inputTokens: 8 }, estimated: false })
})

test("an error status costs nothing", () => {
  const meter = ollama.createMeter(responseHead({ status: 404, stream: true }))
  meter.push(bytes('{"done":true,"eval_count":5}\n'))
  expect(meter.end("finished").how).toBe("unbilled")
})

const exhausted: Denial = { reason: "budget-exhausted", message: "Budget host is spent.", hint: "Raise it" }

test.each(Object.keys(DENIAL_STATUS) as DenialReason[])("%s is an error its clients throw", (reason) => {
  const { status, body } = ollama.denial({ ...exhausted, reason })
  const isBudget = ["budget-exhausted", "no-price", "cut-off", "lease-expired"].includes(reason)
  expect({ status, body: JSON.parse(body) }).toEqual({
    status: isBudget ? 402 : DENIAL_STATUS[reason],
    body: { error: "Budget host is spent. Raise it", reason },
  })
})

test("a stream ends with such a line", () => {
  expect(new TextDecoder().decode(ollama.streamEnding(exhausted))).toBe(
    '{"error":"Budget host is spent. Raise it","reason":"budget-exhausted"}\n',
  )
})

function read(request: object) {
  return ollama.readRequest(bytes(JSON.stringify(request)))
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
