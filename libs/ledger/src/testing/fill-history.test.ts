import { expect, test } from "bun:test"
import {
  fillHistory,
  openTempLedger,
  sampleBudgets,
  sampleLimit,
  sampleRequest,
  sampleRun,
  sampleSettlement,
} from "./index.ts"

const DAY_MS = 86_400_000

test("a history reads like one that was settled request by request", async () => {
  const endMs = Date.parse("2026-06-30T12:00:00Z")
  await using temp = await openTempLedger({ nowMs: () => endMs, timeZone: "UTC" })
  const { ledger, path } = temp
  const budgets = sampleBudgets("a")
  await ledger.createRun(sampleRun("a"))
  await ledger.reserve(sampleRequest("r1", "a", budgets))
  await ledger.settle("r1", sampleSettlement({ inputTokens: 2, outputTokens: 3 }))
  fillHistory({ path, slug: "a", requests: 1000, spanMs: 100 * DAY_MS, endMs })

  const limits = (["total", "month", "day"] as const).map((window) => sampleLimit(1, { window }))
  const used = (await ledger.measureLimits(limits)).map((limit) => limit.usedTokens)
  // Ten requests a day of five tokens, and the one of now: from midnight five and the last, from the 1st 295 and the last.
  expect(used).toEqual([5005, 1485, 35])
  const [row] = await ledger.usage({ by: "run" })
  expect(row).toMatchObject({ requests: 1001, chargedTokens: 5005, usage: { inputTokens: 2002, outputTokens: 3003 } })
  expect(await ledger.reserve(sampleRequest("r2", "a", budgets))).toMatchObject({ outcome: "reserved" })
})
