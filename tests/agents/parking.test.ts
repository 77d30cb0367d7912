// The real Claude Code when its subscription's window is spent: its run is parked, and resumed with
// the agent's own conversation.

import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import { join } from "node:path"
import { INSTALL_MS, openAgentHost } from "./agent-host.ts"

const UNIFIED = "anthropic-ratelimit-unified"
const TIMEOUT_MS = INSTALL_MS + 120_000
const USAGE = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }

test(
  "a headless run that meets the provider's limit is parked, and `wait` continues its conversation",
  async () => {
    let isSpent = true
    const resetsAtS = String(Math.floor(Date.now() / 1000) + 3_600)
    await using host = await openAgentHost({
      agent: "claude",
      hosts: ["api.anthropic.com"],
      reply: () =>
        isSpent ? { status: 429, text: "You have hit your limit.", usage: USAGE } : { text: "done", usage: USAGE },
      modelHeaders: () =>
        isSpent
          ? {
              [`${UNIFIED}-status`]: "rejected",
              [`${UNIFIED}-representative-claim`]: "five_hour",
              [`${UNIFIED}-reset`]: resetsAtS,
              [`${UNIFIED}-5h-utilization`]: "1",
              [`${UNIFIED}-5h-reset`]: resetsAtS,
            }
          : {},
    })
    await Bun.write(join(host.root, "bottles/parking.md"), "---\non_limit: park\n---\n")
    await Bun.write(join(host.root, "agents/parker.md"), "---\nbottle: parking\n---\nBe brief.\n")
    const run = await host.run("start", "parker", "--headless", "--prompt", "count to ten")
    expect([run.exitCode, run.stderr]).toEqual([1, expect.stringContaining("parked until 20")])
    const [parked] = (await host.json("list")) as { slug: string; status: string; end_reason: string }[]
    const slug = parked?.slug ?? ""
    expect([parked?.status, parked?.end_reason]).toEqual(["frozen", "parked"])

    isSpent = false
    const db = new Database(join(host.root, "bot-bottle.db"))
    db.run("UPDATE enforcement SET until_ms = ? WHERE until_ms IS NOT NULL", [Date.now() - 1_000])
    db.close()
    const waited = await host.run("wait", slug)
    expect([waited.exitCode, waited.stdout]).toEqual([0, `${slug}\n`])
    expect(await host.untilEnded(slug)).toBe(0)
    expect((await host.run("logs", slug)).stdout).toContain("done")
    // The agent was told to continue, in the conversation that has the task.
    const last = host.standIn.bill.at(-1)?.request.body ?? ""
    expect([last.includes("count to ten"), last.includes("Continue where you stopped.")]).toEqual([true, true])
  },
  TIMEOUT_MS,
)
