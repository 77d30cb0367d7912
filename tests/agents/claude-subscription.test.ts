// The real Claude Code on a subscription, behind the proxy as if nothing were there: its own address,
// its whole context window, its own usage meters and its status line.

import { expect, test } from "bun:test"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { createLoginAuthority, type PlainAnswer, type ReceivedRequest, type StandInOptions } from "@bot-bottle/stand-in"
import { INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com", "platform.claude.com"] as const
const TIMEOUT_MS = INSTALL_MS + 120_000
const SOON = { deadlineMs: 30_000 }
const UNIFIED = "anthropic-ratelimit-unified"
const UNAUTHORIZED: PlainAnswer = {
  status: 401,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ type: "error", error: { type: "authentication_error", message: "OAuth token has expired." } }),
}
const RESETS_AT_S = Math.floor(Date.now() / 1000) + 3_600

test(
  "interactive: the status line gets the provider's windows and the whole context, and /usage shows the account's meters",
  async () => {
    await using host = await openSubscriptionHost()
    const statusLine = {
      type: "command",
      command: "cat > $HOME/status.new; mv $HOME/status.new $HOME/status.json; echo STATUS-LINE",
    }
    await using terminal = await host.terminal(
      "start",
      "--yes",
      "--",
      "--settings",
      JSON.stringify({ statusLine, sandbox: { enabled: false } }),
    )
    await terminal.untilScreen(/bypass permissions/i, { deadlineMs: 60_000 })
    await terminal.enter("say marmalade", SOON)
    await terminal.untilScreen(/You said: say marmalade/, { deadlineMs: 60_000 })
    const [run] = (await host.json("list")) as { slug: string }[]
    const status = await untilStatus(join(host.root, "state", run?.slug ?? "", "home/status.json"))
    expect(status).toMatchObject({
      context_window: { context_window_size: 1_000_000 },
      rate_limits: {
        five_hour: { used_percentage: 42, resets_at: RESETS_AT_S },
        seven_day: { used_percentage: 17, resets_at: RESETS_AT_S + 86_400 },
      },
    })
    await terminal.untilScreen(/STATUS-LINE/, SOON)

    await terminal.enter("/usage", SOON)
    await terminal.untilScreen(/Current session[\s\S]*43% used[\s\S]*Current week[\s\S]*18% used/, SOON)
    expect(await terminal.screen()).not.toMatch(/could not refresh/i)
    await terminal.press("Escape")
    // Keys that come before it is gone go to it.
    await terminal.untilScreen(/Settings dialog dismissed/, SOON)

    // The provider's own address, with the real token, and nothing that would say that somebody is in between.
    const { accessToken } = host.tokens
    for (const { headers } of host.standIn.received)
      expect([headers["host"], headers["authorization"]]).toEqual(["api.anthropic.com", `Bearer ${accessToken}`])
    const usage = await host.run("usage")
    expect(usage.stdout).toMatch(/claude's own limits: 5h 42% used, resets .* · 7d 17% used/)
    await terminal.enter("/exit", SOON)
    await terminal.untilScreen(/session ended \(exit 0\)/, SOON)
  },
  TIMEOUT_MS,
)

test(
  "a token that ends in the middle of the work: Claude Code renews its placeholder, believes itself logged in, and continues",
  async () => {
    const usage = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }
    await using host = await openSubscriptionHost({
      reply: (_request, index) => {
        if (index > 0) return { text: "done", usage }
        host.authority.expire(host.tokens.accessToken)
        return { text: "", usage, toolUse: { name: "Bash", input: { command: "true", description: "Work" } } }
      },
    })
    const run = await host.run("start", "implementer", "--headless", "--prompt", "work")
    expect([run.exitCode, run.stdout.trim()]).toEqual([0, "done"])
    expect([host.authority.renewals, host.authority.reuses]).toEqual([1, 0])
    // The bottle's own refresh ended at the proxy: the one that the authority saw is the host's.
    const refreshes = host.standIn.received.filter(({ headers }) => headers["host"] === "platform.claude.com")
    expect(refreshes.map(({ body }) => body.includes(host.tokens.refreshToken))).toEqual([true])
    const kept = JSON.parse(await readFile(join(host.root, "../.claude/.credentials.json"), "utf8"))
    expect(host.authority.isLive(kept.claudeAiOauth.accessToken)).toBe(true)
  },
  TIMEOUT_MS,
)

/** The client calls its status line a few times a second at most. */
async function untilStatus(path: string): Promise<unknown> {
  for (;;) {
    const text = await readFile(path, "utf8").catch(() => "")
    if (text.includes("rate_limits")) return JSON.parse(text)
    await Bun.sleep(100)
  }
}

async function openSubscriptionHost({ reply }: Pick<StandInOptions, "reply"> = {}) {
  const authority = createLoginAuthority({ accessLifetimeMs: 3_600_000, nowMs: Date.now })
  const { accessToken, refreshToken, expiresAtMs } = authority.issue()
  const login = {
    accessToken,
    refreshToken,
    expiresAt: expiresAtMs,
    scopes: ["user:inference", "user:profile", "user:sessions:claude_code", "user:mcp_servers", "user:file_upload"],
    subscriptionType: "max",
    rateLimitTier: "default_claude_max_20x",
  }
  const host = await openAgentHost({
    agent: "claude",
    hosts: HOSTS,
    ...(reply === undefined ? {} : { reply }),
    env: { ANTHROPIC_API_KEY: "" },
    home: { ".claude/.credentials.json": JSON.stringify({ claudeAiOauth: login }) },
    modelHeaders: () => ({
      [`${UNIFIED}-status`]: "allowed",
      [`${UNIFIED}-reset`]: String(RESETS_AT_S),
      [`${UNIFIED}-representative-claim`]: "five_hour",
      [`${UNIFIED}-5h-status`]: "allowed",
      [`${UNIFIED}-5h-utilization`]: "0.42",
      [`${UNIFIED}-5h-reset`]: String(RESETS_AT_S),
      [`${UNIFIED}-7d-status`]: "allowed",
      [`${UNIFIED}-7d-utilization`]: "0.17",
      [`${UNIFIED}-7d-reset`]: String(RESETS_AT_S + 86_400),
    }),
    async answer(request) {
      const answer = (await authority.answer(request)) ?? account(request)
      const token = /^Bearer (.+)$/.exec(request.headers["authorization"] ?? "")?.[1] ?? ""
      return answer !== undefined || authority.isLive(token) ? answer : UNAUTHORIZED
    },
  })
  return { ...host, authority, tokens: { accessToken, refreshToken } }
}

/** As the account's own endpoints answer. */
function account({ path }: ReceivedRequest): PlainAnswer | undefined {
  const json = (body: object): PlainAnswer => ({
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  const at = (seconds: number) => new Date(seconds * 1000).toISOString()
  if (path.startsWith("/api/oauth/usage"))
    return json({
      five_hour: { utilization: 43, resets_at: at(RESETS_AT_S) },
      seven_day: { utilization: 18, resets_at: at(RESETS_AT_S + 86_400) },
    })
  if (path.startsWith("/api/oauth/profile"))
    return json({
      account: { uuid: "u", email: "operator@example.com" },
      organization: { uuid: "o", organization_type: "claude_max", rate_limit_tier: "default_claude_max_20x" },
    })
  return undefined
}
