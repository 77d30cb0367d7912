// The real Codex in a bottle: over a WebSocket first, over HTTPS where there is none; metered to
// the token either way, stopped by its budget, cut off in mid-answer.

import { expect, test } from "bun:test"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { StandInOptions, StandInReply } from "@bot-bottle/stand-in"
import { Glob } from "bun"
import { type AgentHost, INSTALL_MS, openAgentHost } from "./agent-host.ts"

const HOSTS = ["api.openai.com", "chatgpt.com"] as const
const KEY = "sk-proj-the-operators-own-key-1234567890"
const TIMEOUT_MS = INSTALL_MS + 60_000
const USAGE = { inputTokens: 2_000, cacheReadTokens: 300, cacheWriteTokens: 0, outputTokens: 25, reasoningTokens: 7 }
const START = ["start", "implementer", "--bottle", "codex", "--headless", "--prompt"] as const

test.each(["accept", "refuse"] as const)(
  "with WebSockets: %s, it works, and the ledger equals the provider's bill to the token",
  async (sockets) => {
    await using host = await openCodexHost({ sockets, reply: toolFirst("echo pineapple > kept.txt; cat kept.txt") })
    const run = await host.run(...START, "write it down")
    expect({ exitCode: run.exitCode, stdout: run.stdout.trim(), stderr: run.stderr }).toEqual({
      exitCode: 0,
      stdout: "answer 2",
      stderr: expect.stringContaining("session ended (exit 0)"),
    })
    // It asks for nothing that its bottle refuses; of a WebSocket that the provider refuses, it speaks.
    expect(run.stderr).not.toContain("refused chatgpt.com")
    if (sockets === "accept") expect(run.stderr).not.toContain(" ERROR ")
    const { bill } = host.standIn
    const how = sockets === "accept" ? "MESSAGE" : "POST"
    expect(bill.map(({ request }) => [request.method, request.headers["authorization"]])).toEqual([
      [how, `Bearer ${KEY}`],
      [how, `Bearer ${KEY}`],
    ])
    // Its tool's output came back.
    expect(bill[1]?.request.body.includes("pineapple\\\\n")).toBe(true)
    await expectLedgerIsBill(host)
  },
  TIMEOUT_MS,
)

test(
  "the provider sees the real key; a program of the agent's finds it nowhere, and reaches the listed host only",
  async () => {
    const look = [
      "env",
      "tr '\\0' '\\n' < /proc/1/environ",
      "cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'",
      "cat $HOME/.codex/*.json $HOME/.codex/*.toml; ls -R /run/bot-bottle",
      connectTo("api.openai.com:443"),
      `echo "unlisted.example -> $(curl -s -o /dev/null -w '%{http_code}' https://unlisted.example/)"`,
    ].join("; ")
    await using host = await openCodexHost({ reply: toolFirst(look) })
    const run = await host.run(...START, "look around")
    expect({ exitCode: run.exitCode, stdout: run.stdout.trim() }).toEqual({ exitCode: 0, stdout: "answer 2" })
    const found = host.standIn.received.map(({ body }) => body).join("\n")
    const looked = ["HTTPS_PROXY=http://127.0.0.1:3128", "openai.com:443 -> HTTP/1.1 200", "example -> 403"]
    expect([...looked, KEY].map((text) => found.includes(text))).toEqual([true, true, true, false])
    expect(host.standIn.bill.map(({ request }) => request.headers["authorization"])).toEqual([
      `Bearer ${KEY}`,
      `Bearer ${KEY}`,
    ])
    expect(await filesHolding(host.root, KEY)).toEqual([])
  },
  TIMEOUT_MS,
)

// biome-ignore format: a table
test.each([
  ["accept", "reserve"],
  ["accept", "off"],
  ["refuse", "reserve"],
  ["refuse", "off"],
] as const)(
  "WebSockets: %s, gate: %s: over budget it stops with our words, after at most 3 requests",
  async (sockets, gate) => {
    await using host = await openCodexHost({ sockets, settings: `gate: ${gate}\n`, reply: () => toolCall("true") })
    const run = await host.run(...START, "work on", "--budget", "1500")
    expect(run.exitCode).not.toBe(0)
    expect(run.stdout + run.stderr).toMatch(/(?:Too little budget left: .* the run budget for codex, which is 1,500|Budget used up: the run budget for codex is 1,500 tokens)/)

    const { totals } = (await host.json("usage")) as { totals: { requests: number; refused_requests: number } }
    expect(host.standIn.bill.length).toBeLessThanOrEqual(gate === "reserve" ? 0 : 1)
    expect(totals.requests + totals.refused_requests).toBeLessThanOrEqual(3)
  },
  TIMEOUT_MS,
)

test.each(["accept", "refuse"] as const)(
  "WebSockets: %s: cut off in the middle of an answer it stops with our words, and asks the provider nothing more",
  async (sockets) => {
    const never = Promise.withResolvers<void>()
    const streaming = Promise.withResolvers<void>()
    const reply = (): StandInReply => ({
      text: "an answer that will not be finished",
      usage: USAGE,
      beforeEvent: (index) => {
        if (index < 6) return
        streaming.resolve()
        return never.promise
      },
    })
    await using host = await openCodexHost({ sockets, reply })
    await using launched = host.start(...START, "go on")
    // Codex reads what else there may be to its prompt.
    launched.closeStdin()
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
    expect(totals).toMatchObject({ estimated_requests: 1 })
    const events = await readFile(join(host.root, "state", run?.slug ?? "", "egress/events.jsonl"), "utf8")
    const refused = events.split("\n").filter((line) => line.includes('"cut-off"') && line.includes("/v1/responses"))
    expect(refused.length).toBeLessThanOrEqual(2)
  },
  TIMEOUT_MS,
)

interface CodexHostOptions {
  readonly reply?: (request: unknown, index: number) => StandInReply
  readonly sockets?: NonNullable<StandInOptions["sockets"]>
  readonly settings?: string
}

async function openCodexHost(options: CodexHostOptions): Promise<AgentHost> {
  const host = await openAgentHost({ agent: "codex", hosts: HOSTS, env: { OPENAI_API_KEY: KEY }, ...options })
  await Bun.write(join(host.root, "bottles/codex.md"), "---\nagent_provider: { template: codex }\n---\n")
  return host
}

async function expectLedgerIsBill(host: AgentHost): Promise<void> {
  const { rows } = (await host.json("usage")) as { rows: Record<string, unknown>[] }
  const bill = host.standIn.bill.map(({ usage }) => usage)
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({
    refused_requests: 0,
    estimated_requests: 0,
    input_tokens: sum(bill.map((one) => one.inputTokens)),
    output_tokens: sum(bill.map((one) => one.outputTokens)),
    cache_read_tokens: sum(bill.map((one) => one.cacheReadTokens)),
    cache_write_tokens: sum(bill.map((one) => one.cacheWriteTokens)),
  })
}

/** One call of its shell, then answers with their number. */
function toolFirst(command: string): (request: unknown, index: number) => StandInReply {
  return (_request, index) => (index === 0 ? toolCall(command) : { text: `answer ${index + 1}`, usage: USAGE })
}

function toolCall(command: string): StandInReply {
  // Its tools are called by a script, whose `text` is what the model sees.
  const input = `const ran = await tools.exec_command({ cmd: ${JSON.stringify(command)}, shell: "/bin/bash", max_output_tokens: 100000 }); text(JSON.stringify(ran))`
  return { text: "", usage: USAGE, toolUse: { name: "exec", input } }
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
