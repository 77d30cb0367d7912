// The real Claude Code's WebSearch has the provider search the web for it: a way out that the
// route list knows nothing of. It is told so, in words it can act on, and continues working.

import { expect, test } from "bun:test"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { ReceivedRequest, StandInReply } from "@bot-bottle/stand-in"
import { INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com"] as const
const USAGE = { inputTokens: 900, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 20, reasoningTokens: 0 }

test(
  "INV-112: WebSearch is refused with its name and the fix, nothing of it reaches the provider, and the run continues",
  async () => {
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS, reply: searchFirst })
    const run = await host.run("start", "implementer", "--headless", "--prompt", "look it up")
    expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining("went on"),
    })

    const { received } = host.standIn
    expect(received.filter(({ body }) => body.includes('"web_search_'))).toEqual([])
    const told = received.find(({ body }) => body.includes("tool_result"))?.body ?? ""
    expect(told).toContain("web_search")
    expect(told).toContain("not on this bottle's list of hosts")
    const [slug] = ((await host.json("list", "--all")) as { slug: string }[]).map((one) => one.slug)
    const events = await readFile(join(host.root, "state", slug ?? "", "egress/events.jsonl"), "utf8")
    expect(
      events.split("\n").filter((line) => line.includes('"host-not-allowed"') && line.includes("/v1/messages")).length,
    ).toBe(1)
  },
  INSTALL_MS + 60_000,
)

test(
  "server_tools: allow lets WebSearch reach the provider",
  async () => {
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS, reply: searchFirst })
    const bottle = join(host.root, "bottles/dev.md")
    const text = await readFile(bottle, "utf8")
    await Bun.write(bottle, text.replace(/^egress:\n/m, "egress:\n  server_tools: allow\n"))
    expect(await readFile(bottle, "utf8")).toContain("server_tools: allow")
    const run = await host.run("start", "implementer", "--headless", "--prompt", "look it up")
    expect(run.exitCode).toBe(0)
    expect(host.standIn.received.some(({ body }) => body.includes('"web_search_'))).toBe(true)
  },
  INSTALL_MS + 60_000,
)

function searchFirst({ body }: ReceivedRequest): StandInReply {
  if (body.includes("tool_result") || body.includes('"web_search_')) return { text: "went on", usage: USAGE }
  return { text: "", usage: USAGE, toolUse: { name: "WebSearch", input: { query: "weather in Oslo" } } }
}
