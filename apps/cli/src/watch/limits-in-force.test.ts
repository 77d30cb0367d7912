import { describe, expect, test } from "bun:test"
import type { BudgetLimit } from "@bot-bottle/contracts"
import { sampleBudgets, sampleLimit } from "@bot-bottle/ledger/testing"
import { budgetRow, limitsInForce } from "./limits-in-force.ts"

const RUN = { kind: "run", key: "impl-abc12" } as const

describe("of one scope and provider only the strongest limit counts", () => {
  // biome-ignore format: a table
  test.each([
    // operator,            declared,                     settings,            what counts
    [[],                    [],                           [],                  []],
    [[],                    [limit(1, "manifest")],       [],                  [1]],
    [[limit(2, "operator")], [limit(1, "flag")],          [],                  [2]],
    [[],                    [limit(1, "manifest"), limit(3, "flag")], [],      [3]],
    [[],                    [limit(1, "manifest"), limit(1, "manifest")], [],  [1]],
  ] as const)("%#", (operator, declared, settings, expected) => {
    const runs = [sampleBudgets("impl-abc12", { declared })]
    const { limits } = limitsInForce({ operator, runs, settings: { limits: settings, ceilings: [] }, providers: [] })
    expect(limits.map(({ limitTokens }) => limitTokens)).toEqual([...expected])
  })
})

test("a provider that nothing limits at the host still has a row; one with a ceiling has none beside it", () => {
  const settings = { limits: [], ceilings: [sampleLimit(9, { provider: "codex" })] }
  const { unlimited } = limitsInForce({ operator: [], runs: [], settings, providers: ["claude", "codex"] })
  expect(unlimited.map(({ provider }) => provider)).toEqual(["claude"])
})

describe("a window that resets says when", () => {
  const nowMs = Date.UTC(2026, 10, 28, 14, 3, 22)
  test.each(["hour", "day", "week", "month"] as const)("%s: after now, at a whole minute", (window) => {
    const resetsAt = Date.parse(
      budgetRow({ ...sampleLimit(1, { window }), usedTokens: 0, reservedTokens: 0, isCeiling: false }, nowMs)
        .resets_at ?? "",
    )
    expect(resetsAt).toBeGreaterThan(nowMs)
    expect(resetsAt - nowMs).toBeLessThanOrEqual({ hour: 1, day: 25, week: 169, month: 745 }[window] * 3_600_000)
    expect(resetsAt % 60_000).toBe(0)
  })
  test("total: never", () => {
    expect(
      budgetRow({ ...sampleLimit(1), usedTokens: 0, reservedTokens: 0, isCeiling: false }, nowMs).resets_at,
    ).toBeNull()
  })
})

function limit(limitTokens: number, source: BudgetLimit["source"]): BudgetLimit {
  return sampleLimit(limitTokens, { scope: RUN, source })
}
