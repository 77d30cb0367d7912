// Harnesses that read their stdin to the end before they begin. Their starter holds a pipe open and
// writes nothing to it, or writes what they are to work on.

import { expect, test } from "bun:test"
import { INSTALL_MS, openAgentHost } from "./agent-host.ts"

const TIMEOUT_MS = INSTALL_MS + 60_000
const BOTTLES = {
  codex: "---\nagent_provider: { template: codex }\n---\n",
  pi: "---\nagent_provider: { template: pi, settings: { model: claude-sonnet-4-5 } }\n---\n",
}
const HOSTS = ["api.anthropic.com", "api.openai.com", "chatgpt.com"] as const
const IDLE = "nothing came on stdin for 3 seconds: the agent continues without it"

test.each(["codex", "pi"] as const)(
  "%s under an orchestrator: an idle pipe is given up with a word; what a pipe brings in time is read",
  async (agent) => {
    const env = { OPENAI_API_KEY: "sk-proj-the-operators-own-key-1234567890" }
    await using host = await openAgentHost({ agent, hosts: HOSTS, env })
    await Bun.write(`${host.root}/bottles/${agent}.md`, BOTTLES[agent])
    const start = ["start", "implementer", "--bottle", agent, "--headless", "--prompt", "say a word"]
    {
      await using program = host.start(...start)
      const { exitCode, stderr } = await program.result
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining(IDLE)])
    }
    const asked = host.standIn.bill.length
    expect(asked).toBeGreaterThan(0)
    {
      await using program = host.start(...start)
      program.write("the text is ")
      program.write("tangerine\n")
      program.closeStdin()
      const { exitCode, stderr } = await program.result
      expect([exitCode, stderr.includes(IDLE)]).toEqual([0, false])
    }
    expect(host.standIn.bill.slice(asked).some(({ request }) => request.body.includes("the text is tangerine"))).toBe(
      true,
    )
  },
  TIMEOUT_MS,
)
