import { expect, test } from "bun:test"
import { loadFixture } from "@bot-bottle/testkit"
import type { MeterReading, SocketMeter } from "../model-api.ts"
import { chatgptResponses } from "./responses-api.ts"
import { responsesSocket } from "./socket.ts"

const NOTHING_KNOWN = { tokensOf: () => undefined }

test("one socket of Codex's is billed turn by turn, and no turn is reserved under its bill", async () => {
  const fixture = await loadFixture("openai-responses/warm-up-and-turns.ws")
  const lines = fixture.section("messages").trim().split("\n")
  const known = new Map<string, number>()
  const readings: MeterReading[] = []
  const reserved: (readonly [input: number, output: number | undefined])[] = []
  let meter: SocketMeter | undefined
  for (const line of lines) {
    const text = line.slice(2)
    if (line.startsWith("> ")) {
      expect(meter).toBeUndefined()
      const message = await responsesSocket.readMessage(text, { tokensOf: (id) => known.get(id) })
      if (message.kind !== "billed") throw new Error(JSON.stringify(message))
      reserved.push([message.request.inputTokens, message.request.maxOutputTokens])
      meter = responsesSocket.createMeter(message.request)
      continue
    }
    meter!.push(text)
    if (!meter!.ended) continue
    if (meter!.responseId !== undefined) known.set(meter!.responseId, meter!.chainTokens)
    readings.push(meter!.end("finished"))
    meter = undefined
  }

  expect(readings).toEqual(fixture.expected() as MeterReading[])
  expect(reserved[0]?.[1]).toBe(0)
  // The second turn sends again what the first one held: 2107 tokens.
  expect(reserved[2]?.[0]).toBeWithin(2107, 2160)
})

test("a warm-up is reserved without output and without what hosted tools might read; a turn is not", async () => {
  const read = async (generate: boolean) => {
    const create = { type: "response.create", model: "gpt-5.2", input: [], generate, tools: [{ type: "web_search" }] }
    const message = await responsesSocket.readMessage(JSON.stringify(create), NOTHING_KNOWN)
    return message.kind === "billed" ? message.request : undefined
  }
  const [warmUp, turn] = await Promise.all([read(false), read(true)])
  expect([warmUp?.maxOutputTokens, turn?.maxOutputTokens]).toEqual([0, undefined])
  expect(warmUp?.inputTokens).toBeLessThan(100)
  expect(turn?.inputTokens).toBeGreaterThan(100_000)
})

test("what hosted tools were allowed and did not use is not taken off the chain", async () => {
  const create = { type: "response.create", model: "gpt-5.2", input: "Hi", tools: [{ type: "web_search" }] }
  const message = await responsesSocket.readMessage(JSON.stringify(create), NOTHING_KNOWN)
  if (message.kind !== "billed") throw new Error(JSON.stringify(message))
  const meter = responsesSocket.createMeter(message.request)
  const usage = { input_tokens: 15_000, output_tokens: 500, total_tokens: 15_500 }
  meter.push(JSON.stringify({ type: "response.completed", response: { id: "resp_1", usage } }))
  expect(meter.chainTokens).toBeWithin(15_400, 15_501)
})

// biome-ignore format: a table
test.each([
  // message                                                                            kind
  [{ type: "response.create", model: "gpt-5.2", input: [] },                            "billed"],
  [{ type: "response.create", model: "gpt-5.2", input: [], generate: false },           "billed"],
  [{ type: "response.processed", response_id: "resp_1" },                               "free"],
  [{ type: "response.steer", previous_response_id: "resp_1", input: "More" },           "refused"],
  [{ type: "response.create", model: "gpt-5.2", input: [], stream_id: "main" },         "refused"],
  [{ type: "response.create", model: "gpt-5.2", input: [], background: true },          "refused"],
  [{ type: "response.create", model: "gpt-5.2", input: [], generate: 0 },               "refused"],
  [{ type: "response.create", response: { model: "gpt-5.2", input: [] } },              "refused"],
  [{ type: "session.update" },                                                          "refused"],
  [{ model: "gpt-5.2", input: [] },                                                     "refused"],
  [[],                                                                                  "refused"],
] as const)("a message %j is %s", async (message, kind) => {
  expect((await responsesSocket.readMessage(JSON.stringify(message), NOTHING_KNOWN)).kind).toBe(kind)
})

test.each([
  ["no JSON", "hello"],
  ["two types", '{"type":"response.processed","type":"response.create","model":"gpt-5.2","input":[]}'],
  ["two ways to generate", '{"type":"response.create","generate":false,"model":"m","input":[],"generate":true}'],
])("a message that could be read in two ways is refused: %s", async (_what, message) => {
  expect((await responsesSocket.readMessage(message, NOTHING_KNOWN)).kind).toBe("refused")
})

const CREATED = { type: "response.created", response: { id: "resp_1", model: "gpt-5.2" } }
const DELTA = { type: "response.output_text.delta", output_index: 0, delta: "one two three four" }

// biome-ignore format: a table
test.each([
  // events                                                     limit      how          ended
  [[],                                                          undefined, "cut-short", false],
  [[CREATED],                                                   undefined, "cut-short", false],
  [[CREATED, DELTA],                                            undefined, "cut-short", false],
  [[CREATED],                                                   0,         "unbilled",  false],
  [[CREATED, DELTA],                                            0,         "cut-short", false],
  [[{ type: "error", status: 400, error: {} }],                 undefined, "unbilled",  true],
  [[CREATED, { type: "response.failed", response: {} }],        undefined, "unbilled",  true],
  [[CREATED, DELTA, { type: "error", error: {} }],              undefined, "cut-short", true],
  [[CREATED, { type: "response.completed", response: {} }],     undefined, "cut-short", true],
] as const)("a socket that closes after %j of a response limited to %p is %s", (events, maxOutputTokens, how, ended) => {
  const meter = responsesSocket.createMeter({ ...REQUEST, maxOutputTokens })
  for (const event of ["", "[1]", "\u0000", ...events.map((one) => JSON.stringify(one))]) meter.push(event)
  expect({ ended: meter.ended, how: meter.end("torn").how }).toEqual({ ended, how })
})

test("events after the last one of a response change nothing", () => {
  const meter = responsesSocket.createMeter(REQUEST)
  const completed = (tokens: number) => ({
    type: "response.completed",
    response: { id: "resp_1", usage: { input_tokens: tokens, output_tokens: 1 } },
  })
  for (const event of [CREATED, completed(50), completed(5000), { type: "error" }]) meter.push(JSON.stringify(event))
  expect(meter.end("finished")).toMatchObject({ how: "complete", usage: { inputTokens: 50, outputTokens: 1 } })
})

test("hidden reasoning is charged by its seal, and in full where there is none", () => {
  const read = (item: object) => {
    const meter = responsesSocket.createMeter(REQUEST)
    for (const event of [
      CREATED,
      { type: "response.output_item.added", output_index: 0, item: { type: "reasoning" } },
      { type: "response.output_item.done", output_index: 0, item: { type: "reasoning", summary: [], ...item } },
    ])
      meter.push(JSON.stringify(event))
    const { usage, settleAtLeastReservation } = meter.end("torn")
    return { output: usage.outputTokens, whole: settleAtLeastReservation }
  }
  expect(read({ encrypted_content: "A".repeat(4000) })).toEqual({ output: 1001, whole: undefined })
  expect(read({}).whole).toBe(true)
})

test("clampOutput lowers a message like a body, but on ChatGPT, which takes no limit", () => {
  const message = '{"type":"response.create","model":"gpt-5.2"}'
  const lowered = '{"max_output_tokens":9,"type":"response.create","model":"gpt-5.2"}'
  expect(responsesSocket.clampOutput(message, 9)).toBe(lowered)
  expect(chatgptResponses.socket?.clampOutput(message, 9)).toBe(message)
})

const REQUEST = { model: "gpt-5.2", maxOutputTokens: undefined, stream: false, inputTokens: 40 }
