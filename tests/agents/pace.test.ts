// How fast runs may ask, and who of a run asked: with the real clients. Limited to one request at once, or to
// few a minute, they wait and finish; their sub-agents stand below them in the ledger.

import { expect, test } from "bun:test"
import type { StandInReply } from "@bot-bottle/stand-in"
import { type AgentHost, INSTALL_MS, openAgentHost } from "./agent-host.ts"

const TIMEOUT_MS = INSTALL_MS + 90_000
const USAGE = { inputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 10, reasoningTokens: 0 }
const OPENAI_KEY = "sk-proj-the-operators-own-key-1234567890"

interface Harness {
  readonly hosts: readonly string[]
  /** Of the bottle. */
  readonly provider: string
  /** Its own tool that starts a sub-agent. */
  readonly spawn: NonNullable<StandInReply["toolUse"]>
  /** A tool that does nothing. */
  readonly idle: NonNullable<StandInReply["toolUse"]>
  /** Whether a later request's body is of the sub-agent. */
  isOfSubAgent(body: string): boolean
}

const CLAUDE: Harness = {
  hosts: ["api.anthropic.com"],
  provider: "{ template: claude }",
  spawn: {
    name: "Agent",
    input: { description: "look", prompt: "say hello", subagent_type: "general-purpose", run_in_background: false },
  },
  idle: { name: "Bash", input: { command: "true", description: "nothing" } },
  isOfSubAgent: (body) => !body.includes('"type":"tool_use"'),
}
const CODEX: Harness = {
  hosts: ["api.openai.com", "chatgpt.com"],
  provider: "{ template: codex }",
  spawn: { namespace: "collaboration", name: "spawn_agent", input: { task_name: "helper", message: "say hello" } },
  idle: { name: "exec", input: "text('nothing')" },
  isOfSubAgent: (body) => body.includes('"type":"agent_message"'),
}
const PI: Pick<Harness, "hosts" | "provider"> = {
  hosts: ["api.anthropic.com"],
  provider: "{ template: pi, settings: { model: claude-sonnet-4-5 } }",
}

test.each([
  ["claude", CLAUDE],
  ["codex", CODEX],
] as const)(
  "%s with 'parallel: 1': it and its sub-agent are asked for one after the other, and are told apart",
  async (agent, harness) => {
    const seen = { open: 0, most: 0, subAgent: false }
    await using host = await openHost(agent, harness, async ({ body }, index) => {
      seen.most = Math.max(seen.most, ++seen.open)
      await Bun.sleep(100)
      seen.open--
      if (index === 0) return { text: "", usage: USAGE, toolUse: harness.spawn }
      seen.subAgent ||= harness.isOfSubAgent(body)
      // Codex does not wait for its sub-agent: with its last answer it would end it unasked.
      return seen.subAgent || index > 20
        ? { text: `answer ${index}`, usage: USAGE }
        : { text: "", usage: USAGE, toolUse: harness.idle }
    })
    const run = await host.run("start", "implementer", ...HEADLESS, "--parallel", "1", "--tag", "issue=7")
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toMatchObject({ exitCode: 0 })
    expect(seen.most).toBe(1)

    const sessions = (await host.json("usage", "--by", "session")) as { rows: readonly SessionRow[] }
    const [main] = sessions.rows.filter(({ parent_session }) => parent_session === null)
    const subs = sessions.rows.filter(({ parent_session }) => parent_session !== null)
    expect(main?.session).toMatch(/^[0-9a-f-]{36}$/)
    expect(subs.map(({ parent_session }) => parent_session)).toEqual([String(main?.session)])
    expect(sessions.rows.map(({ requests }) => requests).reduce((a, b) => a + b, 0)).toBe(host.standIn.bill.length)
    expect((await host.run("usage", "--by", "session")).stdout).toContain(`└ ${subs[0]?.session.slice(0, 8)}`)
    expect(await host.json("usage", "--by", "tag:issue")).toMatchObject({
      rows: [{ "tag:issue": "7", requests: host.standIn.bill.length }],
    })
  },
  TIMEOUT_MS,
)

test.each([
  ["claude", CLAUDE],
  ["codex", CODEX],
  ["pi", PI],
] as const)(
  "%s finishes its work when each of its requests is first refused with our 429 and retry-after",
  async (agent, harness) => {
    const refused: number[] = []
    await using host = await openHost(agent, harness, undefined, () => {
      if (refused.length >= 2) return undefined
      refused.push(Date.now())
      return FAN_OUT_REFUSAL
    })
    const run = await host.run("start", "implementer", ...HEADLESS)
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toMatchObject({ exitCode: 0 })
    expect(run.stdout).toContain("say hi")
    expect(refused).toHaveLength(2)
    // It waited as long as it was told, not its own time.
    expect((refused[1] ?? 0) - (refused[0] ?? 0)).toBeGreaterThanOrEqual(RETRY_AFTER_S * 1000 - 50)
  },
  TIMEOUT_MS,
)

// Both at once: each waits for its minute.
test.concurrent.each([
  ["claude", CLAUDE],
  ["codex", CODEX],
] as const)(
  "%s with few requests a minute takes its time, waits for a minute without a byte, and finishes",
  async (agent, harness) => {
    const calls: number[] = []
    await using host = await openHost(agent, harness, (_request, index) => {
      calls.push(Date.now())
      return index === 0 ? { text: "", usage: USAGE, toolUse: harness.idle } : { text: "done", usage: USAGE }
    })
    // It takes more than a minute.
    const program = host.start("start", "implementer", ...HEADLESS, "--requests-per-minute", "1")
    program.closeStdin()
    const run = await program.result
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toMatchObject({ exitCode: 0 })
    expect(run.stdout.trim()).toEndWith("done")
    expect((calls[1] ?? 0) - (calls[0] ?? 0)).toBeGreaterThanOrEqual(59_000)
  },
  TIMEOUT_MS,
)

interface SessionRow {
  readonly session: string
  readonly parent_session: string | null
  readonly requests: number
}

const HEADLESS = ["--bottle", "paced", "--headless", "--prompt", "say hi"] as const
const RETRY_AFTER_S = 2
/** The words of the proxy's own refusal, in a shape that each of the three APIs' clients reads. */
const FAN_OUT_REFUSAL = {
  status: 429,
  headers: {
    "content-type": "application/json",
    "x-bot-bottle-reason": "fan-out-limit",
    "retry-after": String(RETRY_AFTER_S),
  },
  body: JSON.stringify({
    type: "error",
    error: { type: "rate_limit_error", code: "rate_limit_exceeded", message: "The host may not make requests faster." },
  }),
}

async function openHost(
  agent: string,
  { hosts, provider }: Pick<Harness, "hosts" | "provider">,
  reply: Parameters<typeof openAgentHost>[0]["reply"],
  refuse: () => typeof FAN_OUT_REFUSAL | undefined = () => undefined,
): Promise<AgentHost> {
  const host = await openAgentHost({
    agent,
    hosts,
    env: { OPENAI_API_KEY: OPENAI_KEY },
    sockets: "refuse",
    ...(reply === undefined ? {} : { reply }),
    answer: ({ method, path }) =>
      method === "POST" && /\/(?:messages|responses)(?:\?|$)/.test(path) ? refuse() : undefined,
  })
  await Bun.write(`${host.root}/bottles/paced.md`, `---\nagent_provider: ${provider}\n---\n`)
  return host
}
