import { expect, test } from "bun:test"
import { findModelApi, type ModelApi } from "@bot-bottle/model-apis"
import { doWork, type Work } from "./api-work.ts"
import { createRequestReader, type RequestReader } from "./request-reader.ts"

const API = findModelApi("anthropic-messages") as ModelApi
/** A picture: nothing in it is counted, so reading it is one step, in which nobody else would have a turn. */
const bodyOf = (megabytes: number) => {
  const source = { type: "base64", media_type: "image/png", data: "A".repeat(megabytes * 1_000_000) }
  const messages = [
    {
      role: "user",
      content: [
        { type: "image", source },
        { type: "text", text: "x ".repeat(megabytes) },
      ],
    },
  ]
  return Buffer.from(JSON.stringify({ model: "claude-3-haiku", max_tokens: 5, messages }))
}

test("a large body is read beside, as a small one is here", async () => {
  using setting = open()
  expect(await isDoneHere((reader) => reader.carryOut(API, read(bodyOf(0))))).toBe(true)
  expect(await isDoneHere((reader) => reader.carryOut(API, read(bodyOf(8))))).toBe(false)
  expect(await setting.read(bodyOf(8))).toEqual(await API.readRequest(bodyOf(8)))
})

const RESPONSES = findModelApi("openai-responses") as ModelApi
const known = new Map([["resp_known", 123]])
const request = (padding: number) => ({
  model: "gpt-5",
  input: [{ role: "user", content: "x ".repeat(padding) }],
  previous_response_id: "resp_known",
  max_output_tokens: 90_000,
})
const responses = (padding: number) => Buffer.from(JSON.stringify(request(padding)))
const message = (padding: number) => JSON.stringify({ type: "response.create", ...request(padding) })

// biome-ignore format: a table
test.each<[Work["kind"], (padding: number) => Work]>([
  ["read",          (padding) => ({ kind: "read", body: responses(padding), known })],
  ["trim",          (padding) => ({ kind: "trim", body: responses(padding), hosts: ["a.example.com"] })],
  ["clamp",         (padding) => ({ kind: "clamp", body: responses(padding), maxOutputTokens: 5 })],
  ["ask-count",     (padding) => ({ kind: "ask-count", body: responses(padding), target: "/v1/responses" })],
  ["read-message",  (padding) => ({ kind: "read-message", message: message(padding), known })],
  ["clamp-message", (padding) => ({ kind: "clamp-message", message: message(padding), maxOutputTokens: 5 })],
])("%s of a large request is done beside, with the result it has here", async (_kind, workOf) => {
  using setting = open()
  const carryOut = (reader: RequestReader, work: Work) => reader.carryOut(RESPONSES, work as never) as Promise<unknown>
  expect(await isDoneHere((reader) => carryOut(reader, workOf(1)))).toBe(true)
  const work = workOf(1_000_000)
  expect(await isDoneHere((reader) => carryOut(reader, work))).toBe(false)
  const here = await doWork(RESPONSES, work)
  expect(here).toBeDefined()
  expect(plain(await carryOut(setting.reader, work))).toEqual(plain(here))
})

test("several at once each get their own answer, and an invalid one gets none", async () => {
  using setting = open()
  const bodies = [bodyOf(2), Buffer.alloc(3_000_000, "x"), bodyOf(3)]
  const [two, none, three] = await Promise.all(bodies.map((body) => setting.read(body)))
  expect(none).toBeUndefined()
  expect(three?.inputTokens).toBeGreaterThan(two?.inputTokens ?? Number.POSITIVE_INFINITY)
})

test("a thread that ends answers nothing and is replaced", async () => {
  using setting = open()
  const lost = setting.read(bodyOf(4))
  setting.reader.close()
  expect(await lost).toBeUndefined()
  expect((await setting.read(bodyOf(2)))?.model).toBe("claude-3-haiku")
})

const read = (body: Uint8Array) => ({ kind: "read" as const, body, known: new Map<string, number>() })

function open() {
  const reader = createRequestReader()
  return {
    reader,
    read: (body: Uint8Array) => reader.carryOut(API, read(body)),
    [Symbol.dispose]: () => reader.close(),
  }
}

/** An answer of the thread is lost with the thread, and one that was made here is not. */
async function isDoneHere(ask: (reader: RequestReader) => Promise<unknown>): Promise<boolean> {
  const reader = createRequestReader()
  const asked = ask(reader)
  reader.close()
  return (await asked) !== undefined
}

/** A thread hands over bytes as they are, but no kind of them. */
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value
}
