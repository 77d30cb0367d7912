// Security case 31, the clock: it jumps back, by minutes or by years, and no budget is wider for
// it, no request is lost, and the trail still proves itself.

import { expect, test } from "bun:test"
import { HOST_SCOPE, WINDOWS } from "@bot-bottle/contracts"
import {
  listDamage,
  openTempLedger,
  sampleBudgets,
  sampleLimit,
  sampleRequest,
  sampleRun,
  sampleSettlement,
} from "@bot-bottle/ledger/testing"

const SLUG = "impl-abc12"
const MINUTE_MS = 60_000
const NOW_MS = Date.parse("2026-06-17T12:30:00Z")

// biome-ignore format: a table
test.each([
  ["a minute",  MINUTE_MS],
  ["an hour",   60 * MINUTE_MS],
  ["a day",     1_440 * MINUTE_MS],
  ["ten years", 5_256_000 * MINUTE_MS],
] as const)("INV-5: a clock that jumps back %s widens no budget of any window, and loses nothing", async (_what, backMs) => {
  for (const window of WINDOWS) {
    let nowMs = NOW_MS
    await using temp = await openTempLedger({ nowMs: () => nowMs, timeZone: "UTC" })
    const { ledger } = temp
    const budgets = sampleBudgets(SLUG, { declared: [sampleLimit(100, { window })] })
    const reserve = (id: string) => ledger.reserve(sampleRequest(id, SLUG, budgets))
    await ledger.createRun(sampleRun(SLUG))
    await reserve("before")
    await ledger.settle("before", sampleSettlement({ outputTokens: 30 }))
    await reserve("open")

    nowMs -= backMs
    // 30 spent, 30 reserved, 30 more fit, and then nothing.
    const outcomes = [(await reserve("after")).outcome, (await reserve("too-much")).outcome]
    await ledger.settle("open", sampleSettlement({ outputTokens: 30 }))
    await ledger.settle("after", sampleSettlement({ outputTokens: 40 }))
    const refused = await reserve("spent")

    expect({ window, outcomes, refused: refused.outcome }).toEqual({
      window,
      outcomes: ["reserved", "refused"],
      refused: "refused",
    })
    expect(await ledger.governingBudget(budgets, "claude")).toMatchObject({ usedTokens: 100, reservedTokens: 0 })
    const [row] = await ledger.usage({ by: "run" })
    expect([row?.requests, row?.refusedRequests, row?.chargedTokens]).toEqual([3, 2, 100])
    expect(await ledger.verifyAudit()).toMatchObject({ outcome: "intact" })
    expect(listDamage(temp.path)).toEqual([])
  }
})

test("INV-32: the trail's order is its numbers, not its times", async () => {
  let nowMs = NOW_MS
  await using temp = await openTempLedger({ nowMs: () => nowMs })
  const { ledger } = temp
  for (const limitTokens of [1, 2, 3]) {
    await ledger.setBudget(
      { scope: HOST_SCOPE, provider: "claude", limitTokens, window: "total" },
      { actor: "operator" },
    )
    nowMs -= 86_400_000
  }
  const trail = await ledger.listAudit()
  expect(trail.map(({ seq, atMs }) => [seq, atMs])).toEqual([0, 1, 2].map((n) => [n + 1, NOW_MS - n * 86_400_000]))
  expect(await ledger.verifyAudit()).toEqual({ outcome: "intact", rows: 3 })
})
