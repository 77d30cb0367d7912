// The real Pi in a bottle: metered to the token, stopped by its budget, gone on with its own
// conversation, whichever model API its bottle's settings name.

import { expect, test } from "bun:test"
import { join } from "node:path"
import type { StandInReply } from "@bot-bottle/stand-in"
import { type AgentHost, INSTALL_MS, openAgentHost, REAL_KEY } from "./agent-host.ts"

const HOSTS = ["api.anthropic.com"] as const
const PATIENCE_MS = INSTALL_MS + 60_000
const USAGE = { inputTokens: 2_000, cacheReadTokens: 300, cacheWriteTokens: 40, outputTokens: 25, reasoningTokens: 0 }
const START = ["start", "implementer", "--bottle", "pi", "--headless", "--prompt"] as const

test(
  "anthropic-messages: it works in its bottle, the ledger equals the bill, and resume goes on with its conversation",
  async () => {
    await using host = await openPiHost({ reply: toolFirst })
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
  PATIENCE_MS,
)

test(
  "over budget it stops at once, with our words",
  async () => {
    await using host = await openPiHost({ reply: () => toolCall("true") })
    const run = await host.run(...START, "work on", "--budget", "1500")
    expect(run.exitCode).not.toBe(0)
    expect(run.stdout + run.stderr).toContain("Budget used up: the run budget for pi is 1,500 tokens")
    const { totals } = (await host.json("usage")) as { totals: { requests: number; refused_requests: number } }
    expect([totals.requests, totals.refused_requests, host.standIn.bill.length]).toEqual([0, 1, 0])
  },
  PATIENCE_MS,
)

interface PiHostOptions {
  readonly reply?: (request: unknown, index: number) => StandInReply
  /** As in the manifest. */
  readonly settings?: string
  /** The agent's. */
  readonly body?: string
}

async function openPiHost({
  reply,
  settings = "{ model: claude-sonnet-4-5 }",
  body,
}: PiHostOptions): Promise<AgentHost> {
  const host = await openAgentHost({ agent: "pi", hosts: HOSTS, ...(reply === undefined ? {} : { reply }) })
  await Bun.write(
    join(host.root, "bottles/pi.md"),
    `---\nagent_provider: { template: pi, settings: ${settings} }\n---\n`,
  )
  if (body !== undefined) await Bun.write(join(host.root, "agents/implementer.md"), `---\nbottle: pi\n---\n${body}`)
  return host
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
