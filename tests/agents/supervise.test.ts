// The real Claude Code and Codex with the supervise tools over MCP, and the real Pi with the `ask`
// command. Each asks for a host in its first turn, and reads the operator's answer in a later one.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { openStandInGitea } from "@bot-bottle/forge/testing"
import type { ReceivedRequest, StandInReply } from "@bot-bottle/stand-in"
import { INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com", "api.openai.com", "chatgpt.com"] as const
const USAGE = { inputTokens: 900, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 20, reasoningTokens: 0 }
const ASK = { host: "docs.example.com", methods: ["GET"], why: "the manual of the library" }
const OPENAI_KEY = "sk-proj-4Tn8Rb5Yc3Hd6Js1Ag0FeZq7Lm2kP9xWv"

/** The tool uses of each turn: the question, and then a look at the answer. */
const AGENTS = {
  claude: {
    provider: "{ template: claude }",
    turns: [
      { name: "mcp__supervise__propose_route", input: ASK },
      { name: "mcp__supervise__status", input: {} },
    ],
  },
  codex: {
    provider: "{ template: codex }",
    turns: [
      {
        name: "exec",
        input: `text(JSON.stringify(await tools.mcp__supervise__propose_route(${JSON.stringify(ASK)})))`,
      },
      { name: "exec", input: "text(JSON.stringify(await tools.mcp__supervise__status({})))" },
    ],
  },
  pi: {
    provider: "{ template: pi, settings: { model: claude-sonnet-4-5 } }",
    turns: [
      { name: "bash", input: { command: `ask route ${ASK.host} --method GET --why '${ASK.why}'` } },
      { name: "bash", input: { command: "ask status" } },
    ],
  },
} as const

test.each(["claude", "codex", "pi"] as const)(
  "%s asks for a host in its first turn, and reads what the operator answered",
  async (agent) => {
    const { provider, turns } = AGENTS[agent]
    const asked: string[] = []
    const answered = Promise.withResolvers<void>()
    const reply = async ({ body }: ReceivedRequest): Promise<StandInReply> => {
      // A turn of the conversation, not a question beside it.
      if (!body.includes("look it up")) return { text: "ok", usage: USAGE }
      asked.push(body)
      const toolUse = turns[asked.length - 1]
      if (asked.length === 2) {
        await host.run("supervise", "reject", "1", "--reason", "read the copy in the repository")
        answered.resolve()
      }
      return toolUse === undefined ? { text: "all done", usage: USAGE } : { text: "", usage: USAGE, toolUse }
    }
    const env = { OPENAI_API_KEY: OPENAI_KEY }
    await using host = await openAgentHost({ agent, hosts: HOSTS, env, reply, sockets: "refuse" })
    await Bun.write(join(host.root, "bottles/harness.md"), `---\nagent_provider: ${provider}\nsupervise: true\n---\n`)
    await Bun.write(join(host.root, "agents/reader.md"), "---\nbottle: harness\n---\n")
    const run = await host.run("start", "reader", "--headless", "--prompt", "look it up")
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining("session ended (exit 0)")])
    await answered.promise

    const [first = "", second = "", third = ""] = asked
    expect(first).toContain("ask the operator for the host")
    if (agent !== "pi") expect(first).toContain("propose_route")
    expect(second).toContain("pending #1")
    expect(third).toContain("read the copy in the repository")
    expect(third).toContain("rejected")
  },
  INSTALL_MS + 60_000,
)

test.each(["claude", "codex"] as const)(
  "%s has the tools of its forge and of its operator side by side",
  async (agent) => {
    await using gitea = openStandInGitea()
    gitea.world.addIssue({ title: "Widget is blue", body: "please make it green" })
    const asked: string[] = []
    const reply = ({ body }: ReceivedRequest): StandInReply => {
      if (body.includes("work on the issue")) asked.push(body)
      return { text: "all done", usage: USAGE }
    }
    const env = { OPENAI_API_KEY: OPENAI_KEY, FORGE_GITEA_API: gitea.api, FORGE_TOKEN: gitea.token }
    await using host = await openAgentHost({ agent, hosts: HOSTS, env, reply, sockets: "refuse" })
    const { provider } = AGENTS[agent]
    await Bun.write(join(host.root, "bottles/harness.md"), `---\nagent_provider: ${provider}\nsupervise: true\n---\n`)
    await Bun.write(join(host.root, "agents/fixer.md"), "---\nbottle: harness\n---\n")
    const start = ["orchestrate", "start", "--agent", "fixer", "--repo", "acme/widgets", "--issue", "1"]
    await host.run(...start, "--prompt", "work on the issue")
    expect(asked[0]).toContain("signal_done")
    expect(asked[0]).toContain("propose_route")
  },
  INSTALL_MS + 60_000,
)
