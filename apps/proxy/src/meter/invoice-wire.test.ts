// The same through a whole proxy: the provider's answers, of every API it bills by, whole and streamed, in every
// tier, read from the wire.

import { expect, test } from "bun:test"
import { Secret } from "@bot-bottle/contracts"
import { createInvoice, startStandIn } from "@bot-bottle/stand-in"
import { readJson, waitFor } from "@bot-bottle/testkit"
import { openTls } from "../testing/raw-connection.ts"
import { route, startTestProxy } from "../testing/test-proxy.ts"

const ANTHROPIC = "api.anthropic.com"
const OPENAI = "api.openai.com"

// biome-ignore format: a table
const CALLS = [
  // host      path                     model                  tier         kept for an hour
  [ANTHROPIC,  "/v1/messages",          "claude-opus-4-5",     undefined,   undefined],
  [ANTHROPIC,  "/v1/messages",          "claude-opus-4-5",     "batch",     undefined],
  [ANTHROPIC,  "/v1/messages",          "claude-sonnet-4-5",   undefined,   700],
  [ANTHROPIC,  "/v1/messages",          "claude-haiku-4-5",    undefined,   0],
  [OPENAI,     "/v1/responses",         "gpt-5",               undefined,   undefined],
  [OPENAI,     "/v1/responses",         "gpt-5",               "priority",  undefined],
  [OPENAI,     "/v1/responses",         "gpt-5.4",             "flex",      undefined],
  [OPENAI,     "/v1/chat/completions",  "gpt-5.4",             undefined,   undefined],
  [OPENAI,     "/v1/chat/completions",  "gpt-4.1-mini",        "priority",  undefined],
] as const

test("usage --by model equals the invoice of what the provider's answers said, to the micro-dollar", async () => {
  const invoice = createInvoice()
  await using provider = await startStandIn({
    hosts: [ANTHROPIC, OPENAI],
    reply: ({ body }, index) => {
      const { model } = readJson(body, { model: "string" })
      const [, , , tier, keptForAnHour] = CALLS[callOf(index)] ?? CALLS[0]
      const long = index % 4 === 3 ? 300_001 : 1_001
      const usage = {
        inputTokens: long + index,
        cacheReadTokens: 37 * index,
        cacheWriteTokens: keptForAnHour === undefined ? 0 : 900 + index,
        outputTokens: 11 + index,
        reasoningTokens: index,
      }
      invoice.add({ model, atMs: Date.now(), tier: tier ?? "standard", usage, keptForAnHour: keptForAnHour ?? 0 })
      return {
        text: `answer ${index}`,
        usage,
        ...(tier !== undefined && { serviceTier: tier }),
        ...(keptForAnHour !== undefined && { keptForAnHour }),
      }
    },
  })
  await using proxy = await startTestProxy({
    routes: [meteredRoute(ANTHROPIC, "claude"), meteredRoute(OPENAI, "codex")],
    resolve: { [ANTHROPIC]: provider.address, [OPENAI]: provider.address },
    upstreamCa: provider.caPem,
  })
  for (let index = 0; index < ROUNDS * CALLS.length; index++) {
    const [host, path, model] = CALLS[callOf(index)] ?? CALLS[0]
    const stream = Math.floor(index / CALLS.length) % 2 === 0
    using connection = await openTls(proxy.frontPath, proxy.ca, `${host}:443`)
    const body = JSON.stringify({ model, stream, ...askOf(path, stream) })
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: ${host}`,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ]
    connection.send(`${head.join("\r\n")}\r\n\r\n${body}`)
    expect((await connection.readResponse())?.status).toBe(200)
  }
  const rows = () => proxy.ledger.usage({ by: "model" })
  const settled = async () => (await rows()).reduce((sum, { requests }) => sum + requests, 0)
  await waitFor("every settlement", async () => (await settled()) === ROUNDS * CALLS.length)
  const said = (await rows()).map(({ key, costMicroUsd, unpricedRequests }) => [key, costMicroUsd, unpricedRequests])
  const billed = [...invoice.byModelRounded()].map(([model, microUsd]) => [model, microUsd, 0])
  expect(said.sort()).toEqual(billed.sort())
})

const ROUNDS = 8

function callOf(index: number): number {
  return index % CALLS.length
}

function askOf(path: string, stream: boolean): object {
  if (path === "/v1/responses") return { input: "hi", max_output_tokens: 50 }
  const messages = [{ role: "user", content: "hi" }]
  if (path === "/v1/messages") return { messages, max_tokens: 50 }
  return { messages, max_completion_tokens: 50, ...(stream && { stream_options: { include_usage: true } }) }
}

function meteredRoute(host: string, provider: string) {
  const api = provider === "claude" ? "anthropic-messages" : "openai-responses"
  return route(host, {
    injection: { header: "authorization", template: "Bearer {secret}" },
    metering: { provider, api },
    secret: new Secret("sk-real"),
  })
}
