// The real Codex and its conversation: continued after a run's end, with and without a
// person, and begun at the operator's terminal.

import { expect, test } from "bun:test"
import { join } from "node:path"
import type { ReceivedRequest, StandInReply } from "@bot-bottle/stand-in"
import { readJson } from "@bot-bottle/testkit"
import { type AgentHost, INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.openai.com", "chatgpt.com"] as const
const TIMEOUT_MS = INSTALL_MS + 90_000
const USAGE = { inputTokens: 2_000, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 25, reasoningTokens: 0 }
const SOON = { deadlineMs: 45_000 }

test(
  "resume continues with Codex's own conversation, headless and then at the terminal",
  async () => {
    await using host = await openCodexHost()
    const first = await host.run("start", "implementer", "--headless", "--prompt", "the word is tangerine")
    expect({ exitCode: first.exitCode, stdout: first.stdout, stderr: first.stderr }).toEqual({
      exitCode: 0,
      stdout: "answer 1\n",
      stderr: expect.stringContaining("session ended (exit 0)"),
    })
    const [run] = (await host.json("list", "--all")) as { slug: string }[]
    const slug = run?.slug ?? ""
    const second = await host.run("resume", slug, "--headless", "--prompt", "--which word?")
    expect({ exitCode: second.exitCode, stdout: second.stdout }).toEqual({ exitCode: 0, stdout: "answer 2\n" })
    expectSaid(host, ["the word is tangerine", "answer 1", "--which word?"])

    await using terminal = await host.terminal("resume", slug)
    await terminal.untilScreen(/api\.openai\.com/, SOON)
    await terminal.type("y")
    await terminal.untilScreen(/answer 2/, SOON)
    await terminal.enter("and now?", SOON)
    await terminal.untilScreen(/answer 3/, SOON)
    expectSaid(host, ["the word is tangerine", "answer 1", "--which word?", "answer 2", "and now?"])
    await leave(terminal)
  },
  TIMEOUT_MS,
)

test(
  "interactive: preflight, then Codex at the operator's terminal with nothing to ask, and its end is ours",
  async () => {
    await using host = await openCodexHost()
    await using terminal = await host.terminal(
      "start",
      "implementer",
      "--bottle",
      "codex",
      "--label",
      "x",
      "--color",
      "red",
    )
    await terminal.untilScreen(/api\.openai\.com/, SOON)
    await terminal.type("y")
    await terminal.untilScreen(/OpenAI Codex/, SOON)
    await terminal.enter("say marmalade", SOON)
    await terminal.untilScreen(/answer 1/, SOON)
    expectSaid(host, ["say marmalade"])
    await leave(terminal)
    const { totals } = (await host.json("usage")) as { totals: { requests: number } }
    expect(totals.requests).toBeGreaterThan(0)
  },
  TIMEOUT_MS,
)

async function openCodexHost(): Promise<AgentHost> {
  const env = { OPENAI_API_KEY: "sk-proj-the-operators-own-key-1234567890" }
  let answers = 0
  const reply = ({ body }: ReceivedRequest): StandInReply => {
    // Codex warms its connection up with a request that asks for nothing.
    const isWarmUp = readJson(body, { generate: "boolean?" }).generate === false
    if (!isWarmUp) answers++
    return { text: `answer ${answers}`, usage: USAGE }
  }
  const host = await openAgentHost({ agent: "codex", hosts: HOSTS, env, reply, sockets: "refuse" })
  await Bun.write(join(host.root, "bottles/codex.md"), "---\nagent_provider: { template: codex }\n---\n")
  await Bun.write(join(host.root, "agents/implementer.md"), "---\nbottle: codex\n---\nBe brief.\n")
  return host
}

/** The last request that holds the first word holds all of it, in this order. Codex also asks for a title, apart. */
function expectSaid(host: AgentHost, words: readonly string[]): void {
  const bodies = host.standIn.bill.map(({ request }) => request.body)
  const said = bodies.findLast((body) => words[0] !== undefined && body.includes(words[0])) ?? ""
  const places = words.map((word) => said.indexOf(word))
  expect({ places, inOrder: places.every((at, index) => at > (places[index - 1] ?? -1)) }).toEqual({
    places,
    inOrder: true,
  })
}

async function leave(terminal: Awaited<ReturnType<AgentHost["terminal"]>>): Promise<void> {
  await terminal.type("/quit")
  // Keys that come too fast are a paste to it, and an Enter among them a new line.
  await terminal.untilScreen(/exit Codex/i, SOON)
  await terminal.press("Enter")
  await terminal.untilScreen(/session ended \(exit 0\)/, SOON)
  expect(await terminal.untilExit()).toBe(0)
}
