// The main job with the real Claude Code from the registry. It runs in a bottle, works, is metered
// to the token, stays inside, and stops when its budget is gone.

import { expect, test } from "bun:test"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import type { StandInReply } from "@bot-bottle/stand-in"
import { readJson } from "@bot-bottle/testkit"
import { Glob } from "bun"
import { INSTALL_MS, openAgentHost, REAL_KEY } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com"] as const
const SOON = { deadlineMs: 30_000 }
const TIMEOUT_MS = INSTALL_MS + 60_000

test(
  "Claude Code's own usage equals the ledger's row and the provider's bill, to the token",
  async () => {
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS })
    const run = await host.run(
      "start",
      "implementer",
      "--headless",
      "--prompt",
      "say hi",
      "--",
      "--output-format",
      "json",
    )
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining("session ended (exit 0)"),
    })

    const agent = readJson(run.stdout, AGENT_RESULT)
    const bill = host.standIn.bill.map(({ usage }) => usage)
    const usage = (await host.json("usage")) as { rows: Record<string, unknown>[]; totals: Record<string, unknown> }
    expect(bill.length).toBeGreaterThan(0)
    expect({
      input_tokens: agent.usage.input_tokens,
      output_tokens: agent.usage.output_tokens,
      cache_read_tokens: agent.usage.cache_read_input_tokens,
      cache_write_tokens: agent.usage.cache_creation_input_tokens,
    }).toEqual({
      input_tokens: sum(bill.map((one) => one.inputTokens)),
      output_tokens: sum(bill.map((one) => one.outputTokens)),
      cache_read_tokens: sum(bill.map((one) => one.cacheReadTokens)),
      cache_write_tokens: sum(bill.map((one) => one.cacheWriteTokens)),
    })
    expect(usage.rows).toHaveLength(1)
    expect(usage.rows[0]).toMatchObject({
      requests: bill.length,
      refused_requests: 0,
      estimated_requests: 0,
      input_tokens: agent.usage.input_tokens,
      output_tokens: agent.usage.output_tokens,
      cache_read_tokens: agent.usage.cache_read_input_tokens,
      cache_write_tokens: agent.usage.cache_creation_input_tokens,
    })
  },
  TIMEOUT_MS,
)

test(
  "the provider sees the real key; a program of the agent's finds it nowhere, and reaches the listed host only",
  async () => {
    const look = [
      "env | grep ^HTTPS_PROXY",
      connectTo("api.anthropic.com:443"),
      `echo "unlisted.example -> $(curl -s -o /dev/null -w '%{http_code}' https://unlisted.example/)"`,
      // Claude Code keeps what is long to itself: each line once, and its beginning.
      "(env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n') | cut -c1-200 | sort -u",
      "cat $HOME/.claude.json; ls -R /run/bot-bottle",
    ].join("; ")
    // Claude Code's own shell is whichever it finds; the lines are bash's.
    const reply = toolOnce(`bash <<'END'\n${look}\nEND`)
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS, reply })
    const run = await host.run("start", "implementer", "--headless", "--prompt", "look around")
    expect({ exitCode: run.exitCode, stdout: run.stdout.trim() }).toEqual({ exitCode: 0, stdout: "looked" })

    // The command's output came back to the provider, as the tool's result.
    const found = host.standIn.received.map(({ body }) => body).join("\n")
    expect(found).toContain("HTTPS_PROXY=http://127.0.0.1:3128")
    expect(found).toContain("api.anthropic.com:443 -> HTTP/1.1 200")
    expect(found).toContain("unlisted.example -> 403")
    expect(found).not.toContain(REAL_KEY)
    expect(host.standIn.bill.map(({ request }) => request.headers["x-api-key"])).toEqual([REAL_KEY, REAL_KEY])
    expect(await filesHolding(host.root, REAL_KEY)).toEqual([])
  },
  TIMEOUT_MS,
)

test(
  "`bot-bottle claude` needs no manifest, hands Claude Code every argument, and ends with its exit code",
  async () => {
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS })
    await rm(join(host.root, "agents"), { recursive: true })
    await rm(join(host.root, "bottles"), { recursive: true })
    const run = await host.run("claude", "-p", "say hi", "--output-format", "json")
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining("session ended (exit 0)"),
    })
    expect(readJson(run.stdout, AGENT_RESULT).usage.output_tokens).toBeGreaterThan(0)
    expect(host.standIn.bill.length).toBeGreaterThan(0)
    expect(await Array.fromAsync(new Glob("**/*.md").scan(join(host.root, "agents"))).catch(() => [])).toEqual([])

    // The built-in agent and bottle are found again by the run's own names.
    const resumed = await host.run("resume", "claude", "--headless", "--prompt", "and again")
    expect({ exitCode: resumed.exitCode, stderr: resumed.stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^bot-bottle: claude-\w+ {2}\d+ s · .*[\d,]+ tokens/m),
    })

    const wrong = await host.run("claude", "--no-such-option", "-p", "say hi")
    expect(wrong.exitCode).toBe(1)
    const alone = await host.run("claude")
    expect({ exitCode: alone.exitCode, stderr: alone.stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining("bot-bottle claude -p 'fix the failing test'"),
    })
  },
  TIMEOUT_MS,
)

test.each(["reserve", "off"] as const)(
  "over budget with gate: %s it stops with our words, after at most 3 requests",
  async (gate) => {
    await using host = await openAgentHost({
      agent: "claude",
      hosts: HOSTS,
      settings: `gate: ${gate}\n`,
      reply: toolAlways("true"),
    })
    const run = await host.run("start", "implementer", "--headless", "--budget", "1500", "--prompt", "work on")
    expect(run.exitCode).not.toBe(0)
    expect(run.stdout + run.stderr).toMatch(
      /(?:Too little budget left: .* the run budget for claude, which is 1,500|Budget used up: the run budget for claude is 1,500 tokens)/,
    )

    const usage = (await host.json("usage")) as { totals: { requests: number; refused_requests: number } }
    expect(usage.totals.requests).toBe(host.standIn.bill.length)
    expect(usage.totals.requests).toBeLessThanOrEqual(gate === "reserve" ? 0 : 1)
    expect(usage.totals.requests + usage.totals.refused_requests).toBeLessThanOrEqual(3)
  },
  TIMEOUT_MS,
)

test(
  "cut off in the middle of an answer it stops with our words, and asks the provider nothing more",
  async () => {
    const never = Promise.withResolvers<void>()
    const streaming = Promise.withResolvers<void>()
    const reply = (): StandInReply => ({
      text: "an answer that will not be finished",
      usage: USAGE,
      beforeEvent: (index) => {
        if (index < 3) return
        streaming.resolve()
        return never.promise
      },
    })
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS, reply })
    await using launched = host.start("start", "implementer", "--headless", "--prompt", "go on")
    await Promise.race([streaming.promise, launched.result])
    const [run] = (await host.json("list")) as { slug: string }[]
    expect(await host.run("cutoff", run?.slug ?? "")).toMatchObject({ exitCode: 0 })

    const { exitCode, stdout, stderr } = await launched.result
    never.resolve()
    expect({ failed: exitCode !== 0, said: stdout + stderr }).toEqual({
      failed: true,
      said: expect.stringContaining("cut off"),
    })
    expect(host.standIn.bill).toHaveLength(1)
    const { totals } = (await host.json("usage")) as { totals: Record<string, number> }
    expect(totals).toMatchObject({ requests: 1, estimated_requests: 1, input_tokens: USAGE.inputTokens })
    // Claude Code asks once more without streaming; that one is answered here.
    const events = await readFile(join(host.root, "state", run?.slug ?? "", "egress/events.jsonl"), "utf8")
    const refused = events.split("\n").filter((line) => line.includes('"cut-off"') && line.includes("/v1/messages"))
    expect(refused.length).toBeLessThanOrEqual(2)
  },
  TIMEOUT_MS,
)

test(
  "interactive: preflight, then Claude Code at the operator's terminal, and its end is ours",
  async () => {
    await using host = await openAgentHost({ agent: "claude", hosts: HOSTS })
    await using terminal = await host.terminal("start")
    // One agent and one bottle leave nothing to choose.
    await terminal.untilScreen(/Ready to start/)
    await terminal.untilScreen(/api\.anthropic\.com/)
    await terminal.press("Enter")
    await terminal.untilScreen(/❯|>/, SOON)
    await terminal.untilScreen(/bypass permissions/i, SOON)
    await terminal.enter("say marmalade", SOON)
    await terminal.untilScreen(/You said: say marmalade/, SOON)
    await terminal.enter("/exit", SOON)
    await terminal.untilScreen(/session ended \(exit 0\)/, SOON)
    expect(await terminal.untilExit()).toBe(0)
    const usage = (await host.json("usage")) as { totals: { requests: number } }
    expect(usage.totals.requests).toBe(host.standIn.bill.length)
  },
  TIMEOUT_MS,
)

/** The usage that the agent itself reports. */
const AGENT_RESULT = {
  usage: {
    input_tokens: "number",
    output_tokens: "number",
    cache_read_input_tokens: "number",
    cache_creation_input_tokens: "number",
  },
} as const

const USAGE = { inputTokens: 2_000, cacheReadTokens: 300, cacheWriteTokens: 40, outputTokens: 25, reasoningTokens: 0 }

function toolOnce(command: string): (request: unknown, index: number) => StandInReply {
  const called = { text: "", usage: USAGE, toolUse: { name: "Bash", input: { command, description: "Look" } } }
  return (_request, index) => (index === 0 ? called : { text: "looked", usage: USAGE })
}

function toolAlways(command: string): () => StandInReply {
  return () => ({ text: "", usage: USAGE, toolUse: { name: "Bash", input: { command, description: "Work" } } })
}

/** A bash line that asks the way out for a tunnel and prints `host -> status line`. */
function connectTo(authority: string): string {
  const head = `CONNECT ${authority} HTTP/1.1\\r\\nHost: ${authority}\\r\\n\\r\\n`
  return `exec 3<>/dev/tcp/127.0.0.1/3128; printf '${head}' >&3; IFS= read -r line <&3; echo "${authority} -> $line"; exec 3>&-`
}

async function filesHolding(folder: string, text: string): Promise<readonly string[]> {
  const holding: string[] = []
  for (const path of new Glob("**").scanSync({ cwd: folder, dot: true, onlyFiles: true, followSymlinks: false })) {
    if ((await readFile(join(folder, path))).includes(text)) holding.push(path)
  }
  return holding
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
