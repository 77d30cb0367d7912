import { expect, test } from "bun:test"
import { connect } from "node:tls"
import type { Usage } from "@bot-bottle/contracts"
import type { StandInOptions, StandInReply } from "./exchange.ts"
import { type StandIn, startStandIn } from "./stand-in.ts"

const usage: Usage = { inputTokens: 5, cacheReadTokens: 7, cacheWriteTokens: 3, outputTokens: 61, reasoningTokens: 0 }
const TEXT = "Hello from the stand-in: é ✓ 😀, and on."

test("startStandIn answers a message as the provider documents it", async () => {
  await using standIn = await standInWith({ text: TEXT, usage })

  const response = await ask(standIn, { stream: false })
  expect({ status: response.status, type: response.headers.get("content-type") }).toEqual({
    status: 200,
    type: "application/json",
  })
  expect(await response.json()).toEqual({
    id: "msg_standin000001",
    type: "message",
    role: "assistant",
    model: "claude-test",
    content: [{ type: "text", text: TEXT }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: 5,
      cache_creation_input_tokens: 3,
      cache_read_input_tokens: 7,
      output_tokens: 61,
      service_tier: "standard",
    },
  })
})

test("startStandIn streams the documented events, usage as running totals", async () => {
  await using standIn = await standInWith({ text: TEXT, usage })

  const events = parseEvents(await (await ask(standIn, { stream: true })).text())
  expect(events.map((event) => event["type"])).toEqual([
    "message_start",
    "content_block_start",
    "ping",
    "content_block_delta",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ])
  const total = {
    input_tokens: 5,
    cache_creation_input_tokens: 3,
    cache_read_input_tokens: 7,
    service_tier: "standard",
  }
  expect(events[0]).toMatchObject({ message: { content: [], usage: { ...total, output_tokens: 1 } } })
  expect(events.at(-2)).toEqual({
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { ...total, output_tokens: 61 },
  })
  expect(deltas(events).map((delta) => delta["text"])).toEqual([TEXT.slice(0, 24), TEXT.slice(24)])
})

test("startStandIn streams a tool call after its text", async () => {
  const input = { command: "echo 'hello from the tool, which is long enough for two pieces'" }
  await using standIn = await standInWith({ text: "Let me see", usage, toolUse: { name: "Bash", input } })

  const events = parseEvents(await (await ask(standIn, { stream: true })).text())
  const starts = events.filter((event) => event["type"] === "content_block_start")
  expect(starts).toEqual([
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    {
      type: "content_block_start",
      index: 1,
      content_block: { type: "tool_use", id: "toolu_standin000001", name: "Bash", input: {} },
    },
  ])
  const json = deltas(events).map((delta) => delta["partial_json"] ?? "")
  expect(JSON.parse(json.join(""))).toEqual(input)
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "tool_use" } })
})

test.each(["identity", "gzip", "br", "zstd", "deflate"] as const)(
  "startStandIn flushes every streamed event in %s, so that none waits for the next",
  async (encoding) => {
    const received = Promise.withResolvers<void>()
    const beforeEvent = (index: number) => (index === 1 ? received.promise : undefined)
    await using standIn = await standInWith({ text: TEXT, usage, encoding, beforeEvent })

    const response = await ask(standIn, { stream: true })
    let text = ""
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.includes("message_start")) received.resolve()
    }
    expect(response.headers.get("content-encoding")).toBe(encoding === "identity" ? null : encoding)
    expect(parseEvents(text).at(-1)).toEqual({ type: "message_stop" })
  },
)

test.each([
  // after, seen by the client
  [0, []],
  [2, ["message_start", "content_block_start"]],
  [
    99,
    [
      "message_start",
      "content_block_start",
      "ping",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ],
  ],
])("startStandIn tears a stream after %d events and bills it in full", async (after, seen) => {
  await using standIn = await standInWith({ text: TEXT, usage, tearAfterEvents: after })

  const { text, torn } = await readUntilTorn(standIn, { stream: true })
  expect({ torn, seen: parseEvents(text).map((event) => event["type"]) }).toEqual({ torn: true, seen })
  expect(standIn.bill.map((billed) => billed.usage)).toEqual([usage])
  expect(standIn.abandoned).toBe(0)
})

test("startStandIn tears a message in its middle and bills it in full", async () => {
  await using standIn = await standInWith({ text: TEXT, usage, tearAfterEvents: 1 })

  const { text, torn } = await readUntilTorn(standIn, { stream: false })
  expect({ torn, start: text.slice(0, 6), whole: text.includes("usage") }).toEqual({
    torn: true,
    start: '{"id":',
    whole: false,
  })
  expect(standIn.bill.map((billed) => billed.usage)).toEqual([usage])
})

test("startStandIn counts a stream whose client leaves, and bills it in full", async () => {
  const held = Promise.withResolvers<void>()
  const left = Promise.withResolvers<void>()
  await using standIn = await standInWith({
    text: TEXT,
    usage,
    beforeEvent: async (index) => {
      if (index === 1) held.resolve()
      if (index === 1) await left.promise
    },
  })

  const client = connect({ port: standIn.port, host: "127.0.0.1", ca: standIn.caPem })
  const body = messagesBody({ stream: true })
  client.write(`POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  await held.promise
  const closed = Promise.withResolvers<void>()
  client.once("close", () => closed.resolve())
  client.destroy()
  await closed.promise
  await roundTrip(standIn)
  left.resolve()
  await roundTrip(standIn)

  expect({ abandoned: standIn.abandoned, billed: standIn.bill.length }).toEqual({ abandoned: 1, billed: 1 })
})

test("startStandIn remembers every request whole, also those it does not bill", async () => {
  await using standIn = await standInWith({ text: "", usage })

  await fetchFrom(standIn, "/v1/models?limit=3", { headers: { "X-Api-Key": "sk-one" } })
  await ask(standIn, { stream: false }, { authorization: "Bearer two" })
  expect(
    standIn.received.map(({ method, path, headers, body }) => ({
      method,
      path,
      key: headers["x-api-key"] ?? headers["authorization"],
      body,
    })),
  ).toEqual([
    { method: "GET", path: "/v1/models?limit=3", key: "sk-one", body: "" },
    { method: "POST", path: "/v1/messages", key: "Bearer two", body: messagesBody({ stream: false }) },
  ])
  expect(standIn.bill.map((billed) => billed.request)).toEqual([standIn.received[1]!])
})

test("StandInOptions.answer goes before the provider's own manners", async () => {
  await using standIn = await startStandIn({
    hosts: ["api.test"],
    answer: ({ path }) =>
      path === "/moved" ? { status: 302, headers: { location: "https://evil.test/" }, body: "" } : undefined,
  })
  const moved = await fetchFrom(standIn, "/moved", { redirect: "manual" })
  expect([moved.status, moved.headers.get("location")]).toEqual([302, "https://evil.test/"])
  expect((await ask(standIn, { stream: false })).status).toBe(200)
})

test("startStandIn's certificate is good for the hosts it was given and no other", async () => {
  await using standIn = await startStandIn({ hosts: ["api.anthropic.com"] })
  expect(await verifiedAs(standIn, "api.anthropic.com")).toBe("verified")
  expect(await verifiedAs(standIn, "api.openai.com")).toBe("ERR_TLS_CERT_ALTNAME_INVALID")
})

test("StandInOptions.certificateEndsAt in the past gives a certificate that is refused", async () => {
  await using standIn = await startStandIn({
    hosts: ["api.anthropic.com"],
    certificateEndsAt: new Date(Date.now() - 60_000),
  })
  expect(await verifiedAs(standIn, "api.anthropic.com")).toBe("CERT_HAS_EXPIRED")
})

function standInWith(reply: StandInReply, options: Partial<StandInOptions> = {}): Promise<StandIn> {
  return startStandIn({ hosts: ["api.anthropic.com"], reply: () => reply, ...options })
}

function messagesBody(options: { stream: boolean }): string {
  return JSON.stringify({
    model: "claude-test",
    max_tokens: 64,
    ...options,
    messages: [{ role: "user", content: "hi" }],
  })
}

function ask(standIn: StandIn, options: { stream: boolean }, headers: Record<string, string> = {}): Promise<Response> {
  return fetchFrom(standIn, "/v1/messages", { method: "POST", body: messagesBody(options), headers })
}

function fetchFrom(standIn: StandIn, path: string, init: RequestInit): Promise<Response> {
  return fetch(`https://${standIn.address}${path}`, { ...init, tls: { ca: standIn.caPem } })
}

async function roundTrip(standIn: StandIn): Promise<void> {
  await (await fetchFrom(standIn, "/v1/models", {})).text()
}

/** Over a socket: a `fetch` that finds the end along with the bytes before it throws both away. */
async function readUntilTorn(standIn: StandIn, options: { stream: boolean }): Promise<{ text: string; torn: boolean }> {
  const client = connect({ port: standIn.port, host: "127.0.0.1", ca: standIn.caPem })
  const body = messagesBody(options)
  client.write(`POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  const closed = Promise.withResolvers<void>()
  const received: Buffer[] = []
  client.on("data", (bytes: Buffer) => received.push(bytes)).on("error", () => {})
  client.once("close", () => closed.resolve())
  await closed.promise

  const answer = Buffer.concat(received).toString("latin1")
  let rest = answer.slice(answer.indexOf("\r\n\r\n") + 4)
  let text = ""
  for (let head = CHUNK.exec(rest); head !== null; head = CHUNK.exec(rest)) {
    const size = Number.parseInt(head[1] ?? "", 16)
    if (size === 0) return { text, torn: false }
    const from = head[0].length
    text += Buffer.from(rest.slice(from, from + size), "latin1").toString()
    rest = rest.slice(from + size + 2)
  }
  return { text, torn: true }
}

const CHUNK = /^([0-9a-f]+)\r\n/i

function parseEvents(text: string): Record<string, unknown>[] {
  return [...text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map(([, name, data = ""]) => {
    const event = JSON.parse(data)
    expect(event.type).toBe(name)
    return event
  })
}

function deltas(events: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return events.flatMap((event) =>
    event["type"] === "content_block_delta" ? [event["delta"] as Record<string, unknown>] : [],
  )
}

function verifiedAs(standIn: StandIn, servername: string): Promise<string> {
  const verdict = Promise.withResolvers<string>()
  const socket = connect({ port: standIn.port, host: "127.0.0.1", servername, ca: standIn.caPem })
  socket.once("secureConnect", () => verdict.resolve("verified"))
  socket.once("error", (error: NodeJS.ErrnoException) => verdict.resolve(error.code ?? error.message))
  return verdict.promise.finally(() => socket.destroy())
}
