// The real Claude Code and Codex with the forge's tools over MCP, and the real Pi with the `forge`
// command. Each comments on its issue, is refused on another, and signals that it is done.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { openStandInGitea } from "@bot-bottle/forge/testing"
import type { ReceivedRequest, StandInReply } from "@bot-bottle/stand-in"
import { INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com", "api.openai.com", "chatgpt.com"] as const
const USAGE = { inputTokens: 900, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 20, reasoningTokens: 0 }

const CODEX_SCRIPT = `
const issue = await tools.mcp__forge__read_issue({ number: 1 })
await tools.mcp__forge__post_comment({ number: 1, body: "the widget is green" })
const refused = await tools.mcp__forge__post_comment({ number: 500, body: "elsewhere" }).catch(String)
await tools.mcp__forge__signal_done({ status: "success", summary: "green" })
text(JSON.stringify([issue, refused]))`

const PI_SCRIPT = `forge read-issue 1; printf 'the widget is green' | forge comment 1 --body-file -;
printf elsewhere | forge comment 500 --body-file -; forge done success green`

const CALLS = [
  ["read_issue", { number: 1 }],
  ["post_comment", { number: 1, body: "the widget is green" }],
  ["post_comment", { number: 500, body: "elsewhere" }],
  ["signal_done", { status: "success", summary: "green" }],
] as const

/** Turn by turn: one tool call each for Claude Code, one script for the others. */
const AGENTS = {
  claude: {
    provider: "{ template: claude }",
    turn: (index: number) => {
      const [name, input] = CALLS[index] ?? []
      return name === undefined ? undefined : { name: `mcp__forge__${name}`, input }
    },
  },
  codex: {
    provider: "{ template: codex }",
    turn: (index: number) => (index === 0 ? { name: "exec", input: CODEX_SCRIPT } : undefined),
  },
  pi: {
    provider: "{ template: pi, settings: { model: claude-sonnet-4-5 } }",
    turn: (index: number) => (index === 0 ? { name: "bash", input: { command: PI_SCRIPT } } : undefined),
  },
} as const

test.each(["claude", "codex", "pi"] as const)(
  "%s reads its issue, comments on it, is refused elsewhere, and signals; its tools are there in the first turn",
  async (agent) => {
    await using gitea = openStandInGitea()
    const issue = gitea.world.addIssue({ title: "Widget is blue", body: "please make it green" })
    const { provider, turn } = AGENTS[agent]
    let turns = 0
    const asked: string[] = []
    const reply = ({ body }: ReceivedRequest): StandInReply => {
      // A turn of the conversation, not a question beside it.
      if (!body.includes("work on the issue")) return { text: "ok", usage: USAGE }
      asked.push(body)
      const toolUse = turn(turns++)
      return toolUse === undefined ? { text: "all done", usage: USAGE } : { text: "", usage: USAGE, toolUse }
    }
    const env = {
      OPENAI_API_KEY: "sk-proj-4Tn8Rb5Yc3Hd6Js1Ag0FeZq7Lm2kP9xWv",
      FORGE_GITEA_API: gitea.api,
      FORGE_TOKEN: gitea.token,
    }
    await using host = await openAgentHost({ agent, hosts: HOSTS, env, reply, sockets: "refuse" })
    await Bun.write(join(host.root, "bottles/harness.md"), `---\nagent_provider: ${provider}\n---\n`)
    await Bun.write(join(host.root, "agents/fixer.md"), "---\nbottle: harness\n---\n")
    const start = ["orchestrate", "start", "--agent", "fixer", "--repo", "acme/widgets", "--issue", "1"]
    const run = await host.run(...start, "--prompt", "work on the issue")
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining("posted the summary to #1")])

    const [own, summary] = issue.comments.map(({ body }) => body)
    expect(own).toMatch(/^the widget is green\n\n<!-- bot-bottle run=\S+ -->$/)
    expect(summary).toStartWith("**The work is done.**\n\n> green\n\n<details>")
    expect(summary).toContain("- refused comment to #\u200d500: out of assigned scope")
    expect(asked.join("\n")).toContain("please make it green")
    expect(asked.join("\n")).toContain("out of assigned scope (writable: 1)")
    if (agent !== "pi") expect(asked[0]).toContain("signal_done")
    expect(asked.join("\n")).not.toContain(gitea.token)
  },
  INSTALL_MS + 60_000,
)
