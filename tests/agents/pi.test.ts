// The real Pi in a bottle: metered to the token, stopped by its budget, continuing its own
// conversation, whichever model API its bottle's settings name.

import { expect, test } from "bun:test"
import { join } from "node:path"
import type { StandInReply } from "@bot-bottle/stand-in"
import { type AgentHost, INSTALL_MS, openAgentHost, REAL_KEY } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com", "api.openai.com", "gw.test"] as const
const OPENAI_KEY = "sk-proj-the-operators-own-key-1234567890"
const GATEWAY_KEY = "the-gateways-key-1234567890"
const TIMEOUT_MS = INSTALL_MS + 60_000
const USAGE = { inputTokens: 2_000, cacheReadTokens: 300, cacheWriteTokens: 40, outputTokens: 25, reasoningTokens: 0 }
const START = ["start", "implementer", "--bottle", "pi", "--headless", "--prompt"] as const

test(
  "anthropic-messages: it works in its bottle, the ledger equals the bill, and resume continues with its conversation",
  async () => {
    await using host = await openPiHost({ reply: toolFirst, settings: "{ model: claude-sonnet-4-5 }" })
    const run = await host.run(...START, "the word is tangerine")
    expect({ exitCode: run.exitCode, stdout: run.stdout, stderr: run.stderr }).toEqual({
      exitCode: 0,
      stdout: "answer 2\n",
      stderr: expect.stringContaining("session ended (exit 0)"),
    })
    expect(host.standIn.bill.map(({ request }) => request.headers["x-api-key"])).toEqual([REAL_KEY, REAL_KEY])

    const slug = await slugOf(host)
    const resumed = await host.run("resume", slug, "--headless", "--prompt", "-- which word?")
    expect({ exitCode: resumed.exitCode, stdout: resumed.stdout }).toEqual({ exitCode: 0, stdout: "answer 3\n" })
    const said = host.standIn.bill.at(-1)?.request.body ?? ""
    const order = ["the word is tangerine", "echo pineapple", "pineapple was written", "-- which word?"]
    expect(order.map((words) => said.indexOf(words)).every((at, index, all) => at > (all[index - 1] ?? -1))).toBe(true)
    await expectLedgerIsBill(host)
  },
  TIMEOUT_MS,
)

// biome-ignore format: a table
test.each([
  ["{ api: openai-responses, model: gpt-5 }",                                          "POST /v1/responses",        `Bearer ${OPENAI_KEY}`],
  ["{ api: openai-completions, model: gpt-x }",                                        "POST /v1/chat/completions", `Bearer ${OPENAI_KEY}`],
  ['{ api: openai-completions, model: m, base_url: "https://gw.test/v1", token_ref: GW_KEY }', "POST /v1/chat/completions", `Bearer ${GATEWAY_KEY}`],
  ['{ api: ollama, model: "q:7b", base_url: "http://ollama.internal:11434" }',         "POST /v1/chat/completions", undefined],
] as const)(
  "settings %s: it works in its bottle over %s, the ledger equals the bill, and resume continues with its conversation",
  async (settings, asked, authorization) => {
    await using host = await openPiHost({ reply: toolFirst, settings })
    await using _plain = await servePlain(host)
    const run = await host.run(...START, "the word is tangerine")
    expect({ exitCode: run.exitCode, stdout: run.stdout, stderr: run.stderr }).toEqual({
      exitCode: 0,
      stdout: "answer 2\n",
      stderr: expect.stringContaining("session ended (exit 0)"),
    })
    const resumed = await host.run("resume", await slugOf(host), "--headless", "--prompt", "which word?")
    expect({ exitCode: resumed.exitCode, stdout: resumed.stdout }).toEqual({ exitCode: 0, stdout: "answer 3\n" })
    const requests = host.standIn.bill.map(({ request }) => request)
    expect(requests.map(({ method, path, headers }) => [`${method} ${path}`, headers["authorization"]])).toEqual([
      [asked, authorization],
      [asked, authorization],
      [asked, authorization],
    ])
    const said = requests.at(-1)?.body ?? ""
    expect(["the word is tangerine", "pineapple was written", "which word?"].map((words) => said.includes(words))).toEqual([true, true, true])
    await expectLedgerIsBill(host)
  },
  TIMEOUT_MS,
)

test.each([
  "{ model: claude-sonnet-4-5 }",
  "{ api: openai-responses, model: gpt-5 }",
  "{ api: openai-completions, model: gpt-x }",
])(
  "settings %s: over budget it stops at once, with our words",
  async (settings) => {
    await using host = await openPiHost({ reply: () => toolCall("true"), settings })
    // Pi retries what it takes for a server's error: a "500" anywhere in the words would do.
    const run = await host.run(...START, "work on", "--budget", "500")
    expect(run.exitCode).not.toBe(0)
    expect(run.stdout + run.stderr).toMatch(
      /(?:Too little budget left: .* the run budget for pi, which is 500|Budget used up: the run budget for pi is 500 tokens)/,
    )
    const { totals } = (await host.json("usage")) as { totals: { requests: number; refused_requests: number } }
    expect([totals.requests, totals.refused_requests, host.standIn.bill.length]).toEqual([0, 1, 0])
  },
  TIMEOUT_MS,
)

test(
  "interactive: preflight, then Pi at the operator's terminal with nothing to ask, and its end is ours",
  async () => {
    await using host = await openPiHost({
      reply: (_request, index) => ({ text: index === 0 ? "the answer is marmalade" : "still with you", usage: USAGE }),
      settings: "{ model: claude-sonnet-4-5 }",
    })
    const soon = { deadlineMs: 45_000 }
    await using terminal = await host.terminal(...START.slice(0, 4), "--label", "x", "--color", "red")
    await terminal.untilScreen(/agent +implementer in bottle pi \(pi\)/, soon)
    await terminal.type("y")
    await terminal.untilScreen(/claude-sonnet-4-5/, soon)
    await terminal.enter("say it", soon)
    await terminal.untilScreen(/the answer is marmalade/, soon)
    // Nothing above it would continue it, so Ctrl-Z leaves it where it is.
    await terminal.press("C-z")
    await terminal.enter("once more", soon)
    await terminal.untilScreen(/still with you/, soon)
    await terminal.press("C-d")
    await terminal.untilScreen(/session ended \(exit 0\)/, soon)
    expect(await terminal.untilExit()).toBe(0)
    await expectLedgerIsBill(host)
  },
  TIMEOUT_MS,
)

interface PiHostOptions {
  readonly reply: (request: unknown, index: number) => StandInReply
  /** As in the manifest. */
  readonly settings: string
}

async function openPiHost({ reply, settings }: PiHostOptions): Promise<AgentHost> {
  const env = { OPENAI_API_KEY: OPENAI_KEY, GW_KEY: GATEWAY_KEY }
  const host = await openAgentHost({ agent: "pi", hosts: HOSTS, env, reply })
  await Bun.write(
    join(host.root, "bottles/pi.md"),
    `---\nagent_provider: { template: pi, settings: ${settings} }\n---\n`,
  )
  return host
}

/** The stand-in on plain HTTP, as a model server on the operator's host is, under a name of the operator's. */
async function servePlain({ standIn, root }: AgentHost): Promise<AsyncDisposable> {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { pathname } = new URL(request.url)
      const headers = new Headers(request.headers)
      headers.set("host", "api.openai.com")
      const tls = { ca: standIn.caPem, serverName: "api.openai.com" }
      return fetch(`https://${standIn.address}${pathname}`, {
        method: request.method,
        headers,
        body: await request.text(),
        tls,
      })
    },
  })
  const settings = Bun.file(join(root, "settings.yml"))
  const text = await settings.text()
  await settings.write(text.replace("resolve:\n", `resolve:\n  ollama.internal: 127.0.0.1:${server.port}\n`))
  return { [Symbol.asyncDispose]: () => server.stop(true) }
}

async function expectLedgerIsBill(host: AgentHost): Promise<void> {
  const { rows } = (await host.json("usage")) as { rows: Record<string, unknown>[] }
  const bill = host.standIn.bill.map(({ usage }) => usage)
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({
    requests: bill.length,
    refused_requests: 0,
    estimated_requests: 0,
    input_tokens: sum(bill.map((one) => one.inputTokens)),
    output_tokens: sum(bill.map((one) => one.outputTokens)),
    cache_read_tokens: sum(bill.map((one) => one.cacheReadTokens)),
    cache_write_tokens: sum(bill.map((one) => one.cacheWriteTokens)),
  })
}

/** One tool call, then answers with their number. */
function toolFirst(_request: unknown, index: number): StandInReply {
  if (index > 0) return { text: `answer ${index + 1}`, usage: USAGE }
  return toolCall("echo pineapple > kept.txt && echo pineapple was written")
}

function toolCall(command: string): StandInReply {
  return { text: "", usage: USAGE, toolUse: { name: "bash", input: { command } } }
}

async function slugOf(host: AgentHost): Promise<string> {
  const [run] = (await host.json("list", "--all")) as { slug: string }[]
  return run?.slug ?? ""
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
