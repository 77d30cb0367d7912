// The APIs besides Anthropic's, as a client meets them: the documented shapes, the bill beside.

import { expect, test } from "bun:test"
import type { Usage } from "@bot-bottle/contracts"
import { readJson, type Shaped } from "@bot-bottle/testkit"
import { WebSocket } from "ws-library"
import type { StandInOptions, StandInReply } from "./exchange.ts"
import { type StandIn, startStandIn } from "./stand-in.ts"

const HOST = "api.openai.com"
const usage: Usage = { inputTokens: 5, cacheReadTokens: 7, cacheWriteTokens: 0, outputTokens: 61, reasoningTokens: 9 }
const TEXT = "Hello from the stand-in: é ✓ 😀, and on."
const RESPONSES_USAGE = {
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 7 },
  output_tokens: 61,
  output_tokens_details: { reasoning_tokens: 9 },
  total_tokens: 73,
}
const CHAT_USAGE = {
  prompt_tokens: 12,
  completion_tokens: 61,
  total_tokens: 73,
  prompt_tokens_details: { cached_tokens: 7 },
  completion_tokens_details: { reasoning_tokens: 9 },
}
const messages = [{ role: "user", content: "hi" }]

test("Responses: one response as JSON", async () => {
  await using standIn = await standInWith({ text: TEXT, usage })
  const response = await (await post(standIn, "/v1/responses", { model: "m", input: "hi" })).json()
  expect(response).toMatchObject({
    id: "resp_standin000001",
    object: "response",
    status: "completed",
    model: "m",
    output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: TEXT }] }],
    usage: RESPONSES_USAGE,
  })
  expect(standIn.bill).toMatchObject([{ id: "resp_standin000001", usage }])
})

test("Responses: a stream says its usage once, at the end, and its deltas are the text", async () => {
  await using standIn = await standInWith({ text: TEXT, usage })
  const events = eventsOf(await (await post(standIn, "/v1/responses", { model: "m", input: [], stream: true })).text())
  const types = events.map(({ type }) => type)
  expect([types[0], types.at(-1), types.filter((type) => type === "response.output_text.done").length]).toEqual([
    "response.created",
    "response.completed",
    1,
  ])
  expect(events.map(({ delta }) => delta ?? "").join("")).toBe(TEXT)
  expect(
    events.filter(({ response }) => response?.["usage"] != null).map(({ response }) => response?.["usage"]),
  ).toEqual([RESPONSES_USAGE])
})

test("Responses over a WebSocket: a warm-up is not billed, a turn that continues it is, and an unknown one is refused", async () => {
  await using standIn = await standInWith({ text: TEXT, usage })
  await using socket = await openSocket(standIn)
  const warm = await socket.turn({ model: "m", input: [], generate: false })
  expect(warm.response?.["usage"]).toMatchObject({ input_tokens: 0, output_tokens: 0 })
  expect(standIn.bill).toEqual([])
  const turn = await socket.turn({ model: "m", input: [], previous_response_id: warm.response?.["id"] })
  expect(turn.response?.["usage"]).toEqual(RESPONSES_USAGE)
  expect(await socket.turn({ model: "m", input: [], previous_response_id: "resp_of_nobody" })).toMatchObject({
    type: "error",
    status: 400,
  })
  expect(await socket.say("hello")).toMatchObject({ type: "error", status: 400 })
  expect([standIn.bill.length, standIn.received.map(({ method }) => method)]).toEqual([
    1,
    ["GET", "MESSAGE", "MESSAGE", "MESSAGE", "MESSAGE"],
  ])
})

test("StandInOptions.sockets: refuse answers 426, and HTTP continues", async () => {
  await using standIn = await standInWith({ text: TEXT, usage }, { sockets: "refuse" })
  await expect(openSocket(standIn)).rejects.toThrow("426")
  expect((await post(standIn, "/v1/responses", { model: "m", input: "hi" })).status).toBe(200)
})

test("a tool with a text as its input is a custom tool, one with an object a function", async () => {
  const called: unknown[] = []
  for (const input of ["await tools.x()", { a: 1 }]) {
    await using standIn = await standInWith({ text: "", usage, toolUse: { name: "exec", input } })
    const response = readJson(await (await post(standIn, "/v1/responses", { model: "m", input: "hi" })).text(), {
      output: "list",
    })
    called.push(response.output[0])
  }
  expect(called).toMatchObject([
    { type: "custom_tool_call", name: "exec", input: "await tools.x()" },
    { type: "function_call", name: "exec", arguments: '{"a":1}' },
  ])
})

test("Chat Completions: usage in the body; in a stream only when asked for, in a chunk of its own", async () => {
  await using standIn = await standInWith({ text: TEXT, usage })
  const ask = (more: object) => post(standIn, "/v1/chat/completions", { model: "m", messages, ...more })
  expect(await (await ask({})).json()).toMatchObject({
    object: "chat.completion",
    choices: [{ message: { role: "assistant", content: TEXT }, finish_reason: "stop" }],
    usage: CHAT_USAGE,
  })
  const silent = await (await ask({ stream: true })).text()
  const telling = await (await ask({ stream: true, stream_options: { include_usage: true } })).text()
  expect([silent.endsWith("data: [DONE]\n\n"), silent.includes("total_tokens")]).toEqual([true, false])
  expect(eventsOf(telling.replace("data: [DONE]\n\n", "")).at(-1)).toMatchObject({ choices: [], usage: CHAT_USAGE })
  expect(standIn.bill).toHaveLength(3)
})

test("Ollama: a stream unless told otherwise, its last line says what it cost", async () => {
  await using standIn = await standInWith({ text: TEXT, usage })
  const streamed = await (await post(standIn, "/api/chat", { model: "m", messages })).text()
  const lines = streamed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
  expect(lines.map(({ message }) => message.content).join("")).toBe(TEXT)
  expect(lines.map(({ done }) => done).lastIndexOf(false)).toBe(lines.length - 2)
  expect(lines.at(-1)).toMatchObject({ done: true, prompt_eval_count: 12, eval_count: 61 })
  const whole = await (await post(standIn, "/api/generate", { model: "m", prompt: "hi", stream: false })).json()
  expect(whole).toMatchObject({ response: TEXT, done: true, eval_count: 61 })
})

// biome-ignore format: a table
test.each([
  ["/v1/responses",        { input: "hi" },   "Missing required parameter: 'model'."],
  ["/v1/responses",        { model: "m" },    "Missing required parameter: 'input'."],
  ["/v1/chat/completions", { messages },      "you must provide a model parameter"],
] as const)("%s with %j is refused in OpenAI's shape and not billed", async (path, body, message) => {
  await using standIn = await standInWith({ text: TEXT, usage })
  const response = await post(standIn, path, body)
  expect({ status: response.status, body: await response.json(), bill: standIn.bill }).toEqual({
    status: 400,
    body: { error: { message, type: "invalid_request_error", param: null, code: null } },
    bill: [],
  })
})

const EVENT = { type: "string?", delta: "unknown", response: "object?" } as const
type WireEvent = Shaped<typeof EVENT>

function readEvent(text: string): WireEvent {
  return readJson(text, EVENT)
}

function eventsOf(text: string): readonly WireEvent[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => readEvent(line.slice("data: ".length)))
}

function standInWith(reply: StandInReply, options: Partial<StandInOptions> = {}): Promise<StandIn> {
  return startStandIn({ hosts: [HOST], reply: () => reply, ...options })
}

function post(standIn: StandIn, path: string, body: object): Promise<Response> {
  return fetch(`https://${standIn.address}${path}`, {
    method: "POST",
    headers: { host: HOST, "content-type": "application/json" },
    body: JSON.stringify(body),
    tls: { ca: standIn.caPem, serverName: HOST },
  } as BunFetchRequestInit)
}

async function openSocket(standIn: StandIn) {
  const socket = new WebSocket(`wss://${standIn.address}/v1/responses`, [], {
    servername: HOST,
    ca: standIn.caPem,
    perMessageDeflate: true,
  })
  let ended = Promise.withResolvers<WireEvent>()
  socket.on("message", (data) => {
    const event = readEvent(data.toString())
    if (event.type === "response.completed" || event.type === "error") ended.resolve(event)
  })
  await new Promise<void>((resolve, reject) => socket.on("open", resolve).on("error", reject))
  const say = (text: string): Promise<WireEvent> => {
    ended = Promise.withResolvers()
    socket.send(text)
    return ended.promise
  }
  return {
    say,
    turn: (request: object) => say(JSON.stringify({ type: "response.create", ...request })),
    async [Symbol.asyncDispose]() {
      socket.terminate()
    },
  }
}
