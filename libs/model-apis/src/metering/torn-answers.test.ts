// Answers that end in the middle of an event: the client has its text, so it is in the estimate.
// A number that broke off is in no bill.

import { expect, test } from "bun:test"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { findModelApi } from "../registry.ts"
import { responseHead } from "./response-head-fixture.ts"

const TEXT = "one two three four five six seven eight nine ten ".repeat(20)
/** At the earliest break. */
const WRITTEN = 150

// biome-ignore format: a table
const EVENTS = [
  // API                   an event with all of the text
  ["anthropic-messages",   { type: "content_block_delta", delta: { type: "text_delta", text: TEXT } }],
  ["openai-responses",     { type: "response.output_text.delta", output_index: 0, delta: TEXT }],
  ["chat-completions",     { choices: [{ index: 0, delta: { content: TEXT } }] }],
  ["completions",          { choices: [{ index: 0, text: TEXT }] }],
] as const

test.each(EVENTS)("%s: the text of an event that broke off is charged", (name, event) => {
  const whole = `data: ${JSON.stringify(event)}`
  for (const end of [whole.length, whole.length - 1, whole.indexOf(" ten ", 800)])
    for (const size of CHUNK_SIZES) {
      const { how, estimated, usage } = read(name, whole.slice(0, end), size)
      expect([how, estimated, usage.inputTokens]).toEqual(["cut-short", true, 30])
      expect(usage.outputTokens).toBeWithin(WRITTEN, 4 * WRITTEN)
    }
})

// biome-ignore format: a table
test.each([
  ["anthropic-messages",  '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7'],
  ["openai-responses",    '{"type":"response.completed","response":{"usage":{"input_tokens":4,"output_tokens":7'],
  ["chat-completions",    '{"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":7'],
] as const)("%s: usage that broke off in a number is not read", (name, torn) => {
  for (const size of CHUNK_SIZES)
    expect(read(name, `data: ${torn}`, size)).toMatchObject({
      how: "cut-short",
      estimated: true,
      usage: { inputTokens: 30, outputTokens: 0 },
    })
})

// biome-ignore format: a table
test.each([
  ["anthropic-messages",  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { input_tokens: 40, output_tokens: 5 } }],
  ["openai-responses",    { type: "response.completed", response: { usage: { input_tokens: 40, output_tokens: 5 } } }],
  ["chat-completions",    { choices: [], usage: { prompt_tokens: 40, completion_tokens: 5 } }],
] as const)("%s: usage in a last event that no blank line ends is the bill", (name, event) => {
  for (const end of ["", "\n", "\r\n"])
    for (const size of CHUNK_SIZES)
      expect(read(name, `data: ${JSON.stringify(event)}${end}`, size)).toMatchObject({
        how: "complete",
        usage: { inputTokens: 40, outputTokens: 5 },
      })
})

test.each(EVENTS)("%s: an event that is too large to be read may hold all of the output", (name, event) => {
  const large = JSON.stringify(event).replace(TEXT, "x".repeat(600 * 1024))
  expect(read(name, `data: ${large}\n\n`, 64 * 1024).settleAtLeastReservation).toBe(true)
})

test("ollama: an answer in one object that broke off is charged the reservation, as it cannot be read", () => {
  const torn = `{"model":"llama","response":"${TEXT}`
  expect(read("ollama", torn, 64, false)).toMatchObject({ estimated: true, settleAtLeastReservation: true })
  expect(read("ollama", `{"response":"${TEXT}","done":false}\n${torn}`, 64).settleAtLeastReservation).toBeUndefined()
})

function read(name: string, body: string, size: number, stream = true) {
  const api = findModelApi(name)
  if (api === undefined) throw new Error(`no API ${name}`)
  const meter = api.createMeter(responseHead({ inputTokens: 30, model: "gpt-4o", stream }))
  for (const chunk of chunksOf(body, size)) meter.push(chunk)
  return meter.end("torn")
}
