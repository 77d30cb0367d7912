// An agent's skills and body, seen by the real harnesses: what they tell their model of them.

import { expect, test } from "bun:test"
import { join } from "node:path"
import { type AgentHost, INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com", "api.openai.com"] as const
const TIMEOUT_MS = INSTALL_MS + 60_000
const SKILL = "---\nname: pomology\ndescription: Tells apples from pears by their stems\n---\nLook at the stem.\n"
/** Longer than an argument of a program may be. */
const BODY = `Say MARMALADE first.\n${"Be exact. ".repeat(14_000)}`

test.each(["claude", "codex", "pi"])(
  "%s tells its model of the agent's skill and of the agent's body of 140 kB",
  async (template) => {
    await using host = await openSkillHost(template)
    await Bun.write(join(host.root, "skills/pomology/SKILL.md"), SKILL)
    const run = await host.run("start", "implementer", "--headless", "--prompt", "say hi")
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining("session ended (exit 0)"),
    })
    const told = host.standIn.received.map(({ body }) => body).join("\n")
    expect(told).toContain("Tells apples from pears by their stems")
    expect(told).toContain("Say MARMALADE first.")
    // The last one has no space left behind it.
    expect(told.split("Be exact. ").length).toBeGreaterThanOrEqual(14_000)
  },
  TIMEOUT_MS,
)

async function openSkillHost(template: string): Promise<AgentHost> {
  const env = { OPENAI_API_KEY: "sk-proj-the-operators-own-key-1234567890" }
  const host = await openAgentHost({ agent: template, hosts: HOSTS, env })
  await Bun.write(join(host.root, "bottles/one.md"), `---\nagent_provider: { template: ${template} }\n---\n`)
  await Bun.write(join(host.root, "agents/implementer.md"), `---\nbottle: one\nskills: [pomology]\n---\n${BODY}`)
  return host
}
