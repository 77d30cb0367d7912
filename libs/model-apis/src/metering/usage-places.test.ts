// Where servers of each API put the usage, and the output that they show in a last event alone.

import { expect, test } from "bun:test"
import { findModelApi } from "../registry.ts"
import { ESTIMATED_INPUT as INPUT, readBody } from "./response-head-fixture.ts"

const TEXT = "one two three four five six seven eight nine ten"
/** No tokenizer makes fewer of `TEXT`. */
const MIN_WRITTEN = 10
const chat = findModelApi("chat-completions")!
const responses = findModelApi("openai-responses")!
const anthropic = findModelApi("anthropic-messages")!

const USED = { prompt_tokens: 400, completion_tokens: 50 }
const ZEROS = { prompt_tokens: 0, completion_tokens: 0 }
const TIMINGS = { cache_n: 100, prompt_n: 300, predicted_n: 50 }

// biome-ignore format: a table
test.each([
  // where servers put it
  [{ usage: USED }],
  [{ choices: [{ usage: USED, finish_reason: "stop" }] }],
  [{ choices: [{ delta: { usage: USED }, finish_reason: "stop" }] }],
  [{ choices: [{ message: { usage: USED }, finish_reason: "stop" }] }],
  [{ x_groq: { usage: USED } }],
  [{ x_other: { id: "x", usage: USED }, x_more: 1 }],
  [{ usageMetadata: { promptTokenCount: 400, candidatesTokenCount: 50 } }],
  [{ usage_metadata: { input_tokens: 400, output_tokens: 50 } }],
  [{ "amazon-bedrock-invocationMetrics": { inputTokenCount: 400, outputTokenCount: 50 } }],
  [{ meta: { usage: USED } }],
  [{ metadata: { usage: USED } }],
  [{ token_usage: USED }],
  [{ message: { usage: USED } }],
  [{ response: { usage: USED } }],
  [{ result: { usage: USED } }],
  [{ data: { usage: USED } }],
  [{ timings: TIMINGS }],
  [{ usage: ZEROS, choices: [{ usage: USED, finish_reason: "stop" }] }],
  [{ usage: null, x_groq: { usage: USED } }],
  [{ usage: { prompt_tokens: 400, completion_tokens: 20 }, timings: TIMINGS }],
] as const)("Chat Completions: the largest total of %j is the bill, in JSON and in a stream", (place) => {
  const streamed = `data: ${JSON.stringify({ choices: [], ...place })}\n\ndata: [DONE]\n\n`
  for (const body of [JSON.stringify(place), streamed]) {
    const { how, usage } = readBody(chat, body)
    const input = usage.inputTokens + usage.cacheReadTokens
    expect({ how, input, output: usage.outputTokens }).toEqual({ how: "complete", input: 400, output: 50 })
  }
})

test("Chat Completions: what was written to a cache is known, for it has a price of its own", () => {
  for (const usage of [
    { prompt_tokens: 400, completion_tokens: 50, cache_creation_input_tokens: 300 },
    { prompt_tokens: 400, completion_tokens: 50, prompt_tokens_details: { cache_creation_tokens: 300 } },
  ])
    expect(readBody(chat, JSON.stringify({ usage })).usage).toMatchObject({ inputTokens: 100, cacheWriteTokens: 300 })
})

const WIRE = { input_tokens: 400, output_tokens: 50 }

// biome-ignore format: a table
test.each([
  [{ type: "response.completed", response: { usage: WIRE } }],
  [{ type: "response.done", response: { status: "completed", usage: WIRE } }],
  [{ type: "response.done", usage: WIRE }],
  [{ type: "response.incomplete", response: {}, x_gateway: { usage: WIRE } }],
  [{ type: "response.completed", data: { usage: WIRE } }],
] as const)("Responses: the usage of a last event %j is the bill", (last) => {
  const { how, usage } = readBody(responses, `data: ${JSON.stringify(last)}\n\n`)
  expect({ how, input: usage.inputTokens, output: usage.outputTokens }).toEqual({ how: "complete", input: 400, output: 50 })
})

// biome-ignore format: a table
test.each<[what: string, items: readonly object[], output: number, whole: true | undefined]>([
  // what stands in the last event alone, without usage             at least         the reservation
  ["text",              [{ type: "message", content: [{ type: "output_text", text: TEXT }] }],  MIN_WRITTEN,  undefined],
  ["a call",            [{ type: "function_call", name: "f", arguments: `{"a":"${TEXT}"}` }],   MIN_WRITTEN,  undefined],
  ["hidden reasoning",  [{ type: "reasoning", summary: [] }],                                   0,            true],
  ["a picture",         [{ type: "image_generation_call", result: "iVBORw0KGgo=" }],            0,            true],
])("Responses: %s that only the last event shows is in the estimate", (_what, items, output, whole) => {
  const last = { type: "response.completed", response: { output: items } }
  const reading = readBody(responses, `data: ${JSON.stringify(last)}\n\n`)
  expect(reading).toMatchObject({ how: "cut-short", estimated: true, usage: { inputTokens: INPUT } })
  expect(reading.usage.outputTokens).toBeGreaterThanOrEqual(output)
  expect(reading.settleAtLeastReservation).toBe(whole)
})

test("Responses: one that was done because it failed, and says nothing of a bill, has none", () => {
  const last = { type: "response.done", response: { status: "failed" } }
  expect(readBody(responses, `data: ${JSON.stringify(last)}\n\n`).how).toBe("unbilled")
})

// biome-ignore format: a table
test.each([
  [{ usage: { input_tokens: 400, output_tokens: 50 } }],
  [{ message: { usage: { input_tokens: 400, output_tokens: 50 } } }],
  [{ "amazon-bedrock-invocationMetrics": { inputTokenCount: 400, outputTokenCount: 50 } }],
  [{ delta: { stop_reason: "end_turn", usage: { input_tokens: 400, output_tokens: 50 } } }],
] as const)("Messages: the usage of a last event %j is the bill", (place) => {
  const last = { type: "message_stop", ...place }
  const body = [{ type: "message_start", message: { usage: { input_tokens: 0, output_tokens: 1 } } }, last]
    .map((event) => `data: ${JSON.stringify(event)}\n\n`)
    .join("")
  expect(readBody(anthropic, body)).toMatchObject({ how: "complete", usage: { inputTokens: 400, outputTokens: 50 } })
})
