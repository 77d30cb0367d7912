import { expect, test } from "bun:test"
import { findModelApi, type ModelApi } from "@bot-bottle/providers"
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
  const large = setting.reader.read(API, bodyOf(8)).then((model) => {
    order.push("large")
    return model
  })
  const small = setting.reader.read(API, bodyOf(0)).then(() => order.push("small"))
  const tick = Bun.sleep(0).then(() => order.push("tick"))
  const [model] = await Promise.all([large, small, tick])
  expect(order.at(-1)).toBe("large")
  expect(model).toEqual(await API.readRequest(bodyOf(8)))
})

test("several at once each get their own answer, and one that is no request none", async () => {
  using setting = open()
  const bodies = [bodyOf(2), Buffer.alloc(3_000_000, "x"), bodyOf(3)]
  const [two, none, three] = await Promise.all(bodies.map((body) => setting.reader.read(API, body)))
  expect(none).toBeUndefined()
  expect(three?.inputTokens).toBeGreaterThan(two?.inputTokens ?? Number.POSITIVE_INFINITY)
})

test("a thread that ends answers nothing and is replaced", async () => {
  using setting = open()
  const lost = setting.reader.read(API, bodyOf(4))
  setting.reader.close()
  expect(await lost).toBeUndefined()
  expect((await setting.reader.read(API, bodyOf(2)))?.model).toBe("claude-3-haiku")
})

function open() {
  const reader = createRequestReader()
  return { reader, [Symbol.dispose]: () => reader.close() }
}
