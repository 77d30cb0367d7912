// `gate_exact: true` with OpenAI's Responses: its counting endpoint is asked, and asked only.

import { expect, test } from "bun:test"
import { GUEST } from "@bot-bottle/bottle"
import { agentIn, openCliHost } from "../cli/cli-host.ts"

const KEY = "sk-proj-the-operators-own-key-1234567890"
const USAGE = { inputTokens: 30, outputTokens: 12, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }
const LIMIT = 20_000
const COUNTED = 1_234
const REQUEST = {
  model: "gpt-5.2",
  max_output_tokens: LIMIT,
  input: "The only way out is an egress proxy. ".repeat(400),
}

test("the reservation is what OpenAI counts; the call is in no ledger, and the agent never sees it", async () => {
  await using scene = await runAgent("gate_exact: true\n")
  expect(scene.received).toEqual(["/v1/responses/input_tokens", "/v1/responses"])
  expect(scene.keys).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`])
  expect(scene.bodies[0]).toEqual({ model: REQUEST.model, input: REQUEST.input })
  expect(scene.bodies[1]).toEqual({ ...REQUEST, max_output_tokens: LIMIT - COUNTED })
  expect(scene.stdout).toBe("200 30\n")
  expect(scene.totals).toMatchObject({ requests: 1, refused_requests: 0, estimated_requests: 0, charged_tokens: 42 })
})

test("without the key nobody is asked, and the estimate is reserved", async () => {
  await using scene = await runAgent("")
  expect(scene.received).toEqual(["/v1/responses"])
  const { max_output_tokens: forwarded } = scene.bodies[0] as { max_output_tokens: number }
  // 400 sentences of nine tokens, and what the estimate adds.
  expect(LIMIT - forwarded).toBeWithin(3_600, 4_100)
})

/** One agent that asks once, for as much output as the whole budget. */
async function runAgent(settings: string) {
  const host = await openCliHost({
    hosts: ["api.openai.com"],
    env: { OPENAI_API_KEY: KEY },
    reply: () => ({ text: "ok", usage: USAGE }),
    answer: ({ path }) =>
      path === "/v1/responses/input_tokens"
        ? { status: 200, body: JSON.stringify({ object: "response.input_tokens", input_tokens: COUNTED }) }
        : undefined,
  })
  await host.write(
    "settings.yml",
    `resolve:\n  api.openai.com: ${host.standIn.address}\nupstream_ca: ${host.root}/ca.pem\n${settings}`,
  )
  const script = `
    const response = await fetch("https://api.openai.com/v1/responses", {
      method: "POST",
      proxy: "http://127.0.0.1:${GUEST.proxyPort}",
      headers: { "content-type": "application/json", authorization: "Bearer stolen" },
      body: ${JSON.stringify(JSON.stringify(REQUEST))},
    })
    console.log(response.status, (await response.json()).usage?.input_tokens)`
  const argv = JSON.stringify([`${GUEST.runtime}/bun`, "-e", script])
  await host.write(
    "bottles/dev.md",
    `---\nagent_provider:\n  template: command\n  meters: [codex]\n  argv: ${argv}\n---\n`,
  )
  await host.write("agents/impl.md", agentIn("dev"))
  const { stdout } = await host.run("start", "impl", "--headless", "--prompt", "do it", "--budget", String(LIMIT))
  const { totals } = JSON.parse((await host.run("usage", "--json")).stdout)
  const { received } = host.standIn
  return {
    stdout,
    totals,
    received: received.map(({ path }) => path),
    keys: received.map(({ headers }) => headers["authorization"]),
    bodies: received.map(({ body }) => JSON.parse(body)),
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  }
}
