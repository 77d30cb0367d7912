// The differences between APIs on the way through the meter: chains of responses, streams of lines.

import { expect, test } from "bun:test"
import { HOST_SCOPE } from "@bot-bottle/contracts"
import { type StandInOptions, startStandIn } from "@bot-bottle/stand-in"
import { waitFor } from "@bot-bottle/testkit"
import { openTls } from "../testing/raw-connection.ts"
import { route, SLUG, startTestProxy } from "../testing/test-proxy.ts"

const RUN_SCOPE = { kind: "run", key: SLUG } as const
const USAGE = { inputTokens: 40, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 0 }

test.each([true, false])(
  "INV-5: stream %p: a request that continues a response of this run is reserved with it, any other with a full window",
  async (stream) => {
    await using bench = await startBench("api.openai.com", "openai-responses", { limitTokens: 20_000 })
    const ask = async (previous?: string) => {
      const response = await bench.post("/v1/responses", {
        model: "gpt-5",
        input: "go on",
        max_output_tokens: 200,
        stream,
        previous_response_id: previous,
      })
      return { status: response.status, id: /resp_[A-Za-z0-9_-]+/.exec(response.body.toString())?.[0] }
    }
    const first = await ask()
    await bench.settled(1)
    const second = await ask(first.id)
    await bench.settled(2)
    const third = await ask(second.id)
    await bench.settled(3)
    expect([first.status, second.status, third.status]).toEqual([200, 200, 200])
    // Control: nobody here knows how much this one is.
    expect((await ask("resp_of_another_run")).status).toBe(400)
    expect(bench.provider.bill).toHaveLength(3)
  },
)

// biome-ignore format: a table
test.each([
  // the host's name     path                     body
  ["openai-responses",   "/v1/responses",         { input: "Hi" }],
  ["openai-responses",   "/v1/chat/completions",  { messages: [{ role: "user", content: "Hi" }] }],
  ["chat-completions",   "/v1/responses",         { input: "Hi" }],
  ["chat-completions",   "/v1/messages",          { messages: [{ role: "user", content: "Hi" }], max_tokens: 50 }],
  ["ollama",             "/v1/chat/completions",  { messages: [{ role: "user", content: "Hi" }] }],
  ["ollama",             "/api/chat",             { messages: [{ role: "user", content: "Hi" }], stream: false }],
] as const)("INV-5: a host known as %s is metered on %s by that path's own format", async (api, path, body) => {
  await using bench = await startBench("models.example.com", api)
  const response = await bench.post(path, { model: "gpt-5", ...body })
  expect(response.status).toBe(200)
  await bench.settled(1)
  expect((await bench.proxy.ledger.usage({ by: "run" }))[0]).toMatchObject({
    requests: 1, usage: USAGE, chargedTokens: 49, estimatedRequests: 0,
  })
})

test.each([
  // host                 micro-dollars: 40 tokens in and 9 out of gpt-5, cached none
  ["api.openai.com", { costMicroUsd: 50 + 90, unpricedRequests: 0 }],
  ["gateway.example.com", { costMicroUsd: 0, unpricedRequests: 1 }],
] as const)("a request to %s is stored with what it cost there: %j", async (host, cost) => {
  await using bench = await startBench(host, "openai-responses")
  await bench.post("/v1/responses", { model: "gpt-5", input: "Hi" })
  await bench.settled(1)
  expect((await bench.proxy.ledger.usage({ by: "run" }))[0]).toMatchObject(cost)
})

// biome-ignore format: a table
test.each([
  ["openai-responses",    "/v1/batches",              400, "Batches at models.example.com cannot be metered"],
  ["openai-responses",    "/v1/images/generations",   400, "Image generation at models.example.com cannot be metered"],
  ["anthropic-messages",  "/v1/messages/batches",     400, "Batches at models.example.com cannot be metered"],
  ["chat-completions",    "/v1/audio/speech",         403, "Speech and transcription at models.example.com cannot be metered"],
  ["chat-completions",    "/v1/anything/new",         403, "This call to models.example.com may spend tokens that cannot be metered"],
] as const)("INV-5: a host known as %s: POST %s bills where nothing here sees it, and is refused by name", async (api, path, status, words) => {
  await using bench = await startBench("models.example.com", api)
  const response = await bench.post(path, { model: "gpt-5", input: "Hi" })
  expect([response.status, response.headers["x-bot-bottle-reason"]]).toEqual([status, "endpoint-not-metered"])
  expect(response.body.toString()).toContain(words)
  expect(bench.provider.bill).toHaveLength(0)
})

test("INV-55: a cut ends an open stream of lines with a line in Ollama's words, and settles it", async () => {
  const gate = Promise.withResolvers<void>()
  const beforeEvent = (index: number) => (index < 1 ? undefined : gate.promise)
  await using bench = await startBench("ollama.example.com", "ollama", {
    reply: () => ({ text: "one two three four", usage: USAGE, beforeEvent }),
  })
  using connection = await bench.open()
  connection.send(bench.request("/api/chat", { model: "llama3", messages: [{ role: "user", content: "go on" }] }))
  await connection.readHead()
  let text = String(await connection.readChunk())
  await bench.proxy.control("POST", "/cutoff")
  for (let chunk = await connection.readChunk(); chunk !== undefined; chunk = await connection.readChunk())
    text += chunk
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
  expect(lines[0].message.role).toBe("assistant")
  expect(lines.at(-1)).toEqual({ error: expect.stringContaining("This run was cut off"), reason: "cut-off" })
  gate.resolve()
  await bench.settled(1)
})

async function startBench(
  host: string,
  api: string,
  { limitTokens, ...standIn }: Partial<StandInOptions> & { readonly limitTokens?: number } = {},
) {
  const provider = await startStandIn({ hosts: [host], reply: () => ({ text: "yes", usage: USAGE }), ...standIn })
  const declared =
    limitTokens === undefined
      ? []
      : [{ scope: RUN_SCOPE, provider: "p", limitTokens, window: "total", source: "flag" } as const]
  const proxy = await startTestProxy({
    routes: [route(host, { metering: { provider: "p", api } })],
    resolve: { [host]: provider.address },
    upstreamCa: provider.caPem,
    budgets: { chain: [RUN_SCOPE, HOST_SCOPE], declared },
  })
  const open = () => openTls(proxy.frontPath, proxy.ca, `${host}:443`)
  const request = (path: string, body: object) => {
    const text = JSON.stringify(body)
    return `POST ${path} HTTP/1.1\r\nHost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  }
  return {
    provider,
    proxy,
    open,
    request,
    async post(path: string, body: object) {
      using connection = await open()
      connection.send(request(path, body))
      const response = await connection.readResponse()
      if (response === undefined) throw new Error("no answer")
      return response
    },
    async settled(requests: number) {
      const ended = async () => (await proxy.ledger.usage({ by: "run" }))[0]?.requests ?? 0
      await waitFor(`${requests} settled requests`, async () => (await ended()) >= requests)
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await provider[Symbol.asyncDispose]()
    },
  }
}
