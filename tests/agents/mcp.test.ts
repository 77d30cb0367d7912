// The real harnesses with an MCP server that they were told of by the provider's own hook: they
// start it in the bottle and speak to it. Both do so beside their first turn, so that the
// model's own view of its tool is theirs to time.

import { expect, test } from "bun:test"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { GUEST } from "@bot-bottle/bottle"
import { findProvider } from "@bot-bottle/providers"
import { INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com", "api.openai.com", "chatgpt.com"] as const
/** An MCP server over stdio in a few lines: one tool, a line a message. */
const SERVER = `
const tool = { name: "pick_fruit", description: "Picks a fruit", inputSchema: { type: "object", properties: {} } }
for await (const line of console) {
  const { id, method, params } = JSON.parse(line)
  require("node:fs").appendFileSync("${GUEST.home}/asked", method + "\\n")
  const result =
    method === "initialize" ? { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "fruit", version: "1" } }
    : method === "tools/list" ? { tools: [tool] }
    : {}
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result }))
}`

test.each(["claude", "codex"] as const)(
  "%s starts a server of registerMcp in its bottle, and asks it what it can",
  async (agent) => {
    const env = { OPENAI_API_KEY: "sk-proj-4Tn8Rb5Yc3Hd6Js1Ag0FeZq7Lm2kP9xWv" }
    await using host = await openAgentHost({ agent, hosts: HOSTS, env })
    await Bun.write(join(host.root, "bottles/harness.md"), `---\nagent_provider: { template: ${agent} }\n---\n`)
    // Where both come from: a skill of the agent's.
    await mkdir(join(host.root, "skills"), { mode: 0o700, recursive: true })
    await Bun.write(join(host.root, "skills/fruit/SKILL.md"), "---\nname: fruit\ndescription: fruit\n---\n")
    await Bun.write(join(host.root, "skills/fruit/server.ts"), SERVER)
    await Bun.write(join(host.root, "agents/picker.md"), "---\nbottle: harness\nskills: [fruit]\n---\n")
    const provider = findProvider(agent)
    const script = `${GUEST.home}/${provider?.skillsFolder}/fruit/server.ts`
    const needs = provider?.registerMcp?.({ kind: "command", name: "fruit", argv: [`${GUEST.runtime}/bun`, script] })
    const start = ["start", "picker", "--headless", "--prompt", "pick one"]
    const run = await host.run(...start, "--", ...(needs?.args ?? []))
    expect([run.exitCode, run.stderr]).toEqual([0, expect.stringContaining("session ended (exit 0)")])
    const asked = () => [...new Bun.Glob("state/*/home/asked").scanSync({ cwd: host.root })]
    expect(asked().length).toBe(1)
    expect(await Bun.file(join(host.root, asked()[0] ?? "")).text()).toStartWith("initialize\n")
    // The control: without the hook nobody starts it.
    expect((await host.run(...start)).exitCode).toBe(0)
    expect(asked().length).toBe(1)
  },
  INSTALL_MS + 60_000,
)
