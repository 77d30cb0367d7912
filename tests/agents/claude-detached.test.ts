// Real Claude Code in the background: joined, left in the middle of a conversation, and found
// again with its screen and its keyboard as they were.

import { expect, test } from "bun:test"
import { INSTALL_MS, openAgentHost } from "./agent-host.ts"

const SOON = { deadlineMs: 30_000 }

test(
  "Claude Code in the background: joined, talked to, left, and joined again where it was",
  async () => {
    await using host = await openAgentHost({ agent: "claude", hosts: ["api.anthropic.com"] })
    const flags = ["--detach", "--bottle", "dev", "--label", "far", "--color", "red"]
    await using starting = await host.terminal("start", "implementer", ...flags)
    await starting.untilScreen(/api\.anthropic\.com/, SOON)
    await starting.type("y")
    const started = await starting.untilScreen(/bot-bottle attach far-[a-z0-9]{5}/, SOON)
    const slug = started.match(/far-[a-z0-9]{5}/)?.[0] ?? ""

    await using first = await host.terminal("attach", slug)
    await first.untilScreen(/bypass permissions/i, SOON)
    await first.enter("say marmalade", SOON)
    await first.untilScreen(/You said: say marmalade/, SOON)
    await first.press("C-]")
    await first.untilScreen(/which continues/, SOON)
    expect(await first.untilExit()).toBe(0)

    expect((await host.run("exec", slug, "--", "sh", "-c", "ls -d ~/.claude")).stdout).toBe("/home/node/.claude\n")
    await using second = await host.terminal("attach", slug)
    await second.untilScreen(/You said: say marmalade/, SOON)
    await second.enter("say treacle", SOON)
    await second.untilScreen(/You said: say treacle/, SOON)
    await second.enter("/exit", SOON)
    await second.untilScreen(/session ended \(exit 0\)/, SOON)
    expect(await second.untilExit()).toBe(0)
    expect((await host.run("logs", slug)).stdout).toContain("marmalade")
  },
  INSTALL_MS,
)
