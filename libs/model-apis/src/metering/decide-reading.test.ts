// The one rule, through every API and every way an answer is carried. A number that the provider
// did not state usably is estimated and flagged, and never below what is known.

import { describe, expect, test } from "bun:test"
import type { MeterReading, ModelApi } from "../model-api.ts"
import { findModelApi } from "../registry.ts"
import { ESTIMATED_INPUT as INPUT, readBody, responseHead } from "./response-head-fixture.ts"

const TEXT = "one two three four five six seven eight nine ten"
/** No tokenizer makes fewer of `TEXT`. */
const MIN_WRITTEN = 10

type Usage = unknown
interface Carrier {
  readonly name: string
  /** Estimated from what streamed; of a JSON answer the whole reservation is charged. */
  readonly isStreamed: boolean
  /** Names of the input's and the output's count. */
  readonly fields: readonly [input: string, output: string]
  read(usage: Usage): MeterReading
}

const chat = findModelApi("chat-completions")!
const responses = findModelApi("openai-responses")!
const anthropic = findModelApi("anthropic-messages")!
const OPENAI = ["input_tokens", "output_tokens"] as const
const CHAT = ["prompt_tokens", "completion_tokens"] as const

const carriers: readonly Carrier[] = [
  json("Messages", anthropic, OPENAI, (usage) => ({ type: "message", content: [{ type: "text", text: TEXT }], usage })),
  events("Messages", anthropic, OPENAI, (usage) => [
    { type: "message_start", message: { id: "msg_1" } },
    { type: "content_block_delta", delta: { type: "text_delta", text: TEXT } },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage },
    { type: "message_stop" },
  ]),
  json("Responses", responses, OPENAI, (usage) => ({
    status: "completed",
    output: [{ type: "message", content: [{ text: TEXT }] }],
    usage,
  })),
  events("Responses", responses, OPENAI, responseEvents),
  {
    name: "Responses, WebSocket",
    isStreamed: true,
    fields: OPENAI,
    read(usage) {
      const meter = responses.socket!.createMeter(responseHead({ inputTokens: INPUT, model: "gpt-4o" }).request)
      for (const event of responseEvents(usage)) meter.push(JSON.stringify(event))
      return meter.end("finished")
    },
  },
  json("Chat Completions", chat, CHAT, (usage) => ({ choices: [{ message: { content: TEXT } }], usage })),
  events("Chat Completions", chat, CHAT, (usage) => [
    { choices: [{ delta: { content: TEXT } }] },
    { choices: [{ delta: {}, finish_reason: "stop" }] },
    { choices: [], usage },
  ]),
  json("Completions", findModelApi("completions")!, CHAT, (usage) => ({ choices: [{ text: TEXT }], usage })),
  events("Completions", findModelApi("completions")!, CHAT, (usage) => [
    { choices: [{ text: TEXT, finish_reason: "stop" }], usage },
  ]),
  {
    name: "Ollama, lines",
    isStreamed: true,
    fields: ["prompt_eval_count", "eval_count"],
    read: (usage) => {
      const counts =
        typeof usage === "object" && !Array.isArray(usage) ? usage : { prompt_eval_count: usage, eval_count: usage }
      const lines = [
        { response: TEXT, done: false },
        { response: "", done: true, ...counts },
      ]
      return readBody(findModelApi("ollama")!, lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
    },
  },
]

describe.each(carriers)("$name", ({ fields: [input, output], isStreamed, read }) => {
  test("usable numbers are the bill, and no estimate", () => {
    expect(read({ [input]: 7, [output]: 5 })).toMatchObject({
      how: "complete",
      estimated: false,
      usage: { inputTokens: 7, outputTokens: 5 },
    })
  })

  // biome-ignore format: a table
  test.each<[what: string, usage: Usage]>([
    ["missing",                     undefined],
    ["null",                        null],
    ["an array",                    [7, 5]],
    ["text",                        "7 and 5"],
    ["empty",                       {}],
    ["renamed",                     { in: 7, out: 5 }],
    ["negative",                    { [input]: -7, [output]: -5 }],
    ["a fraction",                  { [input]: 7.5, [output]: 5.5 }],
    ["beyond all numbers",          { [input]: 1e300, [output]: 1e300 }],
    ["of nulls",                    { [input]: null, [output]: null }],
    ["of zeros, beside an answer",  { [input]: 0, [output]: 0 }],
    ["objects",                     { [input]: { count: 7 }, [output]: [5] }],
  ])("usage that is %s is estimated on both sides, and flagged", (_what, usage) => {
    const reading = read(usage)
    expect(reading).toMatchObject({ how: "cut-short", estimated: true })
    expect(reading.usage.inputTokens).toBe(INPUT)
    expect(reading.usage.outputTokens).toBeWithin(MIN_WRITTEN, 6 * MIN_WRITTEN)
    expect(reading.settleAtLeastReservation).toBe(isStreamed ? undefined : true)
  })

  test("a zero beside an answer's text is not its count", () => {
    const reading = read({ [input]: 700, [output]: 0 })
    expect(reading).toMatchObject({ how: "cut-short", estimated: true, usage: { inputTokens: 700 } })
    expect(reading.usage.outputTokens).toBeGreaterThanOrEqual(MIN_WRITTEN)
  })

  test("each side is estimated for itself: what is stated stands", () => {
    const half = read({ [input]: 700 })
    expect(half).toMatchObject({ how: "cut-short", estimated: true, usage: { inputTokens: 700 } })
    expect(half.usage.outputTokens).toBeGreaterThanOrEqual(MIN_WRITTEN)
    const other = read({ [output]: 500 })
    expect(other).toMatchObject({ estimated: true, usage: { inputTokens: INPUT, outputTokens: 500 } })
    expect(other.settleAtLeastReservation).toBeUndefined()
  })
})

// biome-ignore format: a table
test.each([
  // usage                                                                           input  read  output  estimated
  [{ total_tokens: 500 },                                                            30,    0,    470,    true],
  [{ prompt_tokens: 400, total_tokens: 500 },                                        400,   0,    100,    false],
  [{ prompt_tokens: 400, completion_tokens: 5, total_tokens: 500 },                  400,   0,    100,    false],
  [{ prompt_tokens: "400", completion_tokens: "50" },                                400,   0,    50,     false],
  [{ promptTokens: 400, completionTokens: 50 },                                      400,   0,    50,     false],
  [{ prompt_tokens: 9, completion_tokens: 9, prompt_tokens_details: { cached_tokens: "x" } }, 30, 0, 9,    true],
  [{ prompt_tokens: 400, completion_tokens: 50, prompt_cache_hit_tokens: 300 },      100,   300,  50,     false],
  [{ prompt_tokens: 400, completion_tokens: 50, cache_read_input_tokens: 300 },      100,   300,  50,     false],
  [{ prompt_tokens: 40, completion_tokens: 50, cache_read_input_tokens: 300 },       40,    300,  50,     false],
  [{ prompt_tokens: 400, completion_tokens: 50, input_token_details: { cached_tokens: 9 } }, 391, 9, 50,  false],
  [{ prompt_tokens: 400, completion_tokens: 50, reasoning_tokens: 90 },              400,   0,    90,     false],
  [{ prompt_token_count: 400, candidates_token_count: 50, cached_content_token_count: 100 }, 300, 100, 50, false],
  [{ promptTokens: 400, completionTokens: 50, promptTokensDetails: { cachedTokens: 100 } }, 300, 100, 50, false],
  [{ promptTokenCount: 400, candidatesTokenCount: 5, thoughtsTokenCount: 45, totalTokenCount: 450, cachedContentTokenCount: 100 }, 300, 100, 50, false],
] as const)("Chat Completions: %j is never under what it says", (usage, input, read, output, estimated) => {
  const reading = readBody(chat, JSON.stringify({ choices: [{ message: { content: "Hi" } }], usage }))
  const { inputTokens, cacheReadTokens, outputTokens } = reading.usage
  expect({ inputTokens, cacheReadTokens, outputTokens, estimated: reading.estimated }).toEqual({
    inputTokens: input, cacheReadTokens: read, outputTokens: output, estimated,
  })
})

test("an unusable count of what was cached is made up for by the request's estimate", () => {
  const usage = { input_tokens: 4, cache_read_input_tokens: -1, output_tokens: 5 }
  expect(readBody(anthropic, JSON.stringify({ type: "message", usage }))).toMatchObject({
    estimated: true,
    usage: { inputTokens: INPUT, cacheReadTokens: 0, outputTokens: 5 },
  })
})

// biome-ignore format: a table
test.each<[name: string, answer: object, how: MeterReading["how"]]>([
  // an answer without usage, and what its error field says
  ["chat-completions",    { error: { message: "no" } },                                        "unbilled"],
  ["chat-completions",    { error: "no" },                                                     "unbilled"],
  ["chat-completions",    { error: "", choices: [{ message: { content: TEXT } }] },            "cut-short"],
  ["chat-completions",    { error: {}, choices: [{ message: { content: TEXT } }] },            "cut-short"],
  ["chat-completions",    { error: false, choices: [{ message: { content: TEXT } }] },         "cut-short"],
  ["chat-completions",    { error: { code: 502 }, choices: [{ message: { content: TEXT } }] }, "cut-short"],
  ["openai-responses",    { error: null, status: "completed" },                                "cut-short"],
  ["openai-responses",    { error: {}, output: [{ content: [{ text: TEXT }] }] },              "cut-short"],
  ["openai-responses",    { status: "failed", error: { code: "x" } },                          "unbilled"],
  ["anthropic-messages",  { type: "error", error: { type: "overloaded_error" } },              "unbilled"],
  ["ollama",              { error: "", response: TEXT },                                       "cut-short"],
  ["ollama",              { error: "no" },                                                     "unbilled"],
])("%s: %j without usage is %s", (name, answer, how) => {
  expect(readBody(findModelApi(name)!, JSON.stringify(answer)).how).toBe(how)
})

test("usage in a model's words or a tool's arguments is not the provider's", () => {
  const input = { usage: { input_tokens: 9_000, output_tokens: 9_000 } }
  const content = [{ type: "tool_use", input, ...input }]
  const body = JSON.stringify({ type: "message", content, usage: { input_tokens: 7, output_tokens: 5 } })
  expect(readBody(anthropic, body)).toMatchObject({ how: "complete", usage: { inputTokens: 7, outputTokens: 5 } })
})

function responseEvents(usage: Usage): readonly object[] {
  return [
    { type: "response.created", response: { id: "resp_1" } },
    { type: "response.output_text.delta", output_index: 0, delta: TEXT },
    { type: "response.completed", response: { id: "resp_1", usage } },
  ]
}

function json(name: string, api: ModelApi, fields: Carrier["fields"], answer: (usage: Usage) => object): Carrier {
  return {
    name: `${name}, JSON`,
    isStreamed: false,
    fields,
    read: (usage) => readBody(api, JSON.stringify(answer(usage))),
  }
}

function events(
  name: string,
  api: ModelApi,
  fields: Carrier["fields"],
  all: (usage: Usage) => readonly object[],
): Carrier {
  return {
    name: `${name}, events`,
    isStreamed: true,
    fields,
    read: (usage) =>
      readBody(api, [...all(usage).map((event) => `data: ${JSON.stringify(event)}\n\n`), "data: [DONE]\n\n"].join("")),
  }
}
