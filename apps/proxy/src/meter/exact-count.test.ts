import { expect, test } from "bun:test"
import type { InputCounting, ModelRequest } from "@bot-bottle/model-apis"
import type { OutboundRequest, Send } from "../upstream/send.ts"
import { countExactly } from "./exact-count.ts"

const ESTIMATED: ModelRequest = { model: "m", maxOutputTokens: 10, stream: true, inputTokens: 100 }
const COUNTING: InputCounting = {
  request: (target, body) => ({ target: `${target}/count`, body: `counted ${body.length} bytes` }),
  read: (body) => Number(new TextDecoder().decode(body)) || undefined,
}

test("the provider's count takes the place of the estimate, and of nothing else", async () => {
  const { asked, sent } = askedOf(async () => ({ outcome: "answered", response: new Response("77") }))
  expect(await countExactly(asked, new Uint8Array(3), ESTIMATED, optionsOf())).toEqual({
    ...ESTIMATED,
    inputTokens: 77,
  })
  expect(sent.map(({ method, target, headers, body }) => [method, target, headers.toJSON(), String(body)])).toEqual([
    [
      "POST",
      "/v1/messages/count",
      { "x-api-key": "sk-real", "content-type": "application/json", "accept-encoding": "identity" },
      "counted 3 bytes",
    ],
  ])
  // The request's own headers are still those of the request.
  expect([...asked.headers.keys()]).toContain("content-length")
})

// biome-ignore format: a table
test.each([
  ["that could not be reached", async () => ({ outcome: "refused", reason: "upstream-unreachable", mayHaveLeft: false })],
  ["that answers an error",     async () => ({ outcome: "answered", response: new Response("77", { status: 500 }) })],
  ["that answers no count",     async () => ({ outcome: "answered", response: new Response("x") })],
  ["that answers nothing",      async () => ({ outcome: "answered", response: new Response(null) })],
  ["that answers without end",  async () => ({ outcome: "answered", response: new Response(endless()) })],
  ["that breaks off",           async () => ({ outcome: "answered", response: new Response(torn()) })],
  ["that never answers",        ({ signal }) => new Promise((end) => signal.addEventListener("abort", () => end({ outcome: "aborted" })))],
] as const satisfies readonly (readonly [string, Send])[])("of a provider %s the estimate stands", async (_what, send) => {
  const { asked } = askedOf(send)
  expect(await countExactly(asked, new Uint8Array(3), ESTIMATED, optionsOf({ timeoutMs: 20 }))).toBe(ESTIMATED)
})

test("INV-55: a cut ends the question at once, and so does the client that leaves", async () => {
  for (const who of ["cut", "client"] as const) {
    const ends = new AbortController()
    const { asked } = askedOf(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve({ outcome: "aborted" }))
          ends.abort()
        }),
      who === "client" ? ends.signal : undefined,
    )
    const options = optionsOf({ timeoutMs: 60_000, ...(who === "cut" ? { cutSignal: ends.signal } : {}) })
    expect(await countExactly(asked, new Uint8Array(3), ESTIMATED, options)).toBe(ESTIMATED)
  }
})

test("what the API would not ask about is not asked", async () => {
  const { asked, sent } = askedOf(async () => ({ outcome: "answered", response: new Response("77") }))
  const counting = { ...COUNTING, request: () => undefined }
  expect(await countExactly(asked, new Uint8Array(3), ESTIMATED, { ...optionsOf(), counting })).toBe(ESTIMATED)
  expect(sent).toEqual([])
})

function optionsOf(more: { timeoutMs?: number; cutSignal?: AbortSignal } = {}) {
  return { counting: COUNTING, cutSignal: new AbortController().signal, ...more }
}

function askedOf(send: Send, signal?: AbortSignal) {
  const sent: OutboundRequest[] = []
  const init = { method: "POST", body: "{}", ...(signal === undefined ? {} : { signal }) }
  const asked = {
    request: new Request("https://api.anthropic.com/v1/messages", init),
    target: "/v1/messages",
    headers: new Headers({
      "x-api-key": "sk-real",
      "content-type": "application/json",
      "content-encoding": "gzip",
      "content-length": "2",
      "accept-encoding": "gzip, br",
    }),
    send: (request: OutboundRequest) => {
      sent.push(request)
      return send(request)
    },
  }
  return { asked, sent }
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode("7".repeat(10_000))) })
}

function torn(): ReadableStream<Uint8Array> {
  let pulls = 0
  return new ReadableStream({
    pull(controller) {
      if (++pulls === 1) controller.enqueue(new TextEncoder().encode("7"))
      else controller.error(new Error("reset"))
    },
  })
}
