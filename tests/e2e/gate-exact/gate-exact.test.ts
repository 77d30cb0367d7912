// `gate_exact: true` in settings.yml, from the file to what the provider is asked: a real bottle,
// the real proxy, the stand-in provider.

import { expect, test } from "bun:test"
import { agentIn, openCliHost, REAL_KEY, scriptBottle } from "../cli/cli-host.ts"

const USAGE = { inputTokens: 30, outputTokens: 12, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }
const LIMIT = 20_000
const MESSAGES = [{ role: "user", content: "The only way out is an egress proxy. ".repeat(400) }]
/** The stand-in's tokens have four characters, which no tokenizer's have. */
const STAND_IN_COUNT = Math.ceil(JSON.stringify(MESSAGES).length / 4)

test("the reservation is what the provider counts; the call is in no ledger, and the agent never sees it", async () => {
  await using scene = await runAgent("gate_exact: true\n")
  expect(scene.received).toEqual(["/v1/messages/count_tokens?beta=true", "/v1/messages?beta=true"])
  expect(scene.keys).toEqual([REAL_KEY, REAL_KEY])
  expect(scene.bodies[0]).toEqual({ model: "claude-opus-4-8", messages: MESSAGES })
  expect(scene.bodies[1]).toMatchObject({ max_tokens: LIMIT - STAND_IN_COUNT })
  expect(scene.stdout).toBe("200 input_tokens 30\n")
  expect(scene.totals).toMatchObject({ requests: 1, refused_requests: 0, estimated_requests: 0, charged_tokens: 42 })
})

test("without the key nobody is asked, and the estimate is reserved", async () => {
  await using scene = await runAgent("")
  expect(scene.received).toEqual(["/v1/messages?beta=true"])
  const { max_tokens: forwarded } = scene.bodies[0] as { max_tokens: number }
  // 400 sentences of 12 tokens, 2 % and the message itself.
  expect(LIMIT - forwarded).toBeWithin(4_800, 5_000)
  expect(Math.abs(LIMIT - forwarded - STAND_IN_COUNT)).toBeGreaterThan(1_000)
})

// biome-ignore format: a table
test.each([
  ["overloaded",      { status: 529, body: '{"type":"error"}' }],
  ["not found",       { status: 404, body: '{"input_tokens":1}' }],
  ["no count",        { status: 200, body: '{"input_tokens":"1"}' }],
  ["too long",        { status: 200, body: `{"input_tokens":1,"x":"${"x".repeat(100_000)}"}` }],
] as const)("a provider whose count is %s is not waited for: the estimate is reserved", async (_what, answer) => {
  await using scene = await runAgent("gate_exact: true\n", answer)
  expect(scene.received).toEqual(["/v1/messages/count_tokens?beta=true", "/v1/messages?beta=true"])
  const { max_tokens: forwarded } = scene.bodies[1] as { max_tokens: number }
  expect(LIMIT - forwarded).toBeWithin(4_800, 5_000)
  expect(scene.totals).toMatchObject({ requests: 1, charged_tokens: 42 })
})

test("a count larger than what is left refuses the request, whatever the estimate said", async () => {
  await using scene = await runAgent("gate_exact: true\n", { status: 200, body: `{"input_tokens":${LIMIT}}` })
  expect(scene.received).toEqual(["/v1/messages/count_tokens?beta=true"])
  expect(scene.stdout).toStartWith("402 ")
  expect(scene.totals).toMatchObject({ requests: 0, refused_requests: 1, charged_tokens: 0 })
})

/** One agent that asks once, for as much output as the whole budget. */
async function runAgent(settings: string, count?: { readonly status: number; readonly body: string }) {
  const host = await openCliHost({
    settings,
    reply: () => ({ text: "ok", usage: USAGE }),
    answer: ({ path }) => (path.includes("count_tokens") ? count : undefined),
  })
  const body = { model: "claude-opus-4-8", max_tokens: LIMIT, messages: MESSAGES }
  await host.write(
    "bottles/dev.md",
    scriptBottle(`
      const response = await fetch("https://api.anthropic.com/v1/messages?beta=true", {
        method: "POST",
        proxy: "http://127.0.0.1:" + new URL(process.env.HTTPS_PROXY).port,
        headers: { "content-type": "application/json", "x-api-key": "stolen" },
        body: ${JSON.stringify(JSON.stringify(body))},
      })
      console.log(response.status, "input_tokens", (await response.json()).usage?.input_tokens)`),
  )
  await host.write("agents/impl.md", agentIn("dev"))
  const { stdout } = await host.run("start", "impl", "--headless", "--prompt", "do it", "--budget", String(LIMIT))
  const { totals } = JSON.parse((await host.run("usage", "--json")).stdout)
  const { received } = host.standIn
  return {
    stdout,
    totals,
    received: received.map(({ path }) => path),
    keys: received.map(({ headers }) => headers["x-api-key"]),
    bodies: received.map(({ body }) => JSON.parse(body)),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}
