import { expect, test } from "bun:test"
import { findModelApi, type ModelApi } from "@bot-bottle/model-apis"
import { doWork, type Work } from "./api-work.ts"
import { createRequestReader } from "./request-reader.ts"

const API = findModelApi("anthropic-messages") as ModelApi
/** A picture: nothing in it is counted, so that to read it here would be one step, in which nobody else has a turn. */
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

test("a large body is read as a small one is, and others have their turn meanwhile", async () => {
  using setting = open()
  const order: string[] = []
  const large = setting.read(bodyOf(8)).then((model) => {
    order.push("large")
    return model
  })
  const small = setting.read(bodyOf(0)).then(() => order.push("small"))
  const tick = Bun.sleep(0).then(() => order.push("tick"))
  const [model] = await Promise.all([large, small, tick])
  expect(order.at(-1)).toBe("large")
  expect(model).toEqual(await API.readRequest(bodyOf(8)))
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
  const order: string[] = []
  const carryOut = (work: Work) => setting.reader.carryOut(RESPONSES, work as never) as Promise<unknown>
  const work = workOf(1_000_000)
  const large = carryOut(work).then((done) => {
    order.push("large")
    return done
  })
  const small = carryOut(workOf(1)).then(() => order.push("small"))
  const [done] = await Promise.all([large, small, Bun.sleep(0).then(() => order.push("tick"))])
  expect(order.at(-1)).toBe("large")
  const here = await doWork(RESPONSES, work)
  expect(here).toBeDefined()
  expect(plain(done)).toEqual(plain(here))
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

function open() {
  const reader = createRequestReader()
  const read = (body: Uint8Array) => reader.carryOut(API, { kind: "read", body, known: new Map() })
  return { reader, read, [Symbol.dispose]: () => reader.close() }
}

/** A thread hands over bytes as they are, but no kind of them. */
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value
}
