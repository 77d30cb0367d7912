import { describe, expect, test } from "bun:test"
import { type BudgetLimit, HOST_SCOPE, type ProcessIdentity, type Scope, USD } from "@bot-bottle/contracts"
import { sampleLimit, sampleRequest } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

const OPERATOR = { actor: "operator" }
const RUN: Scope = { kind: "run", key: "impl-abc12" }
const PARENT: Scope = { kind: "bottle", key: "dev" }
/** A sample request asks 10 tokens in and 20 out: at these prices, 10 × 2 + 20 × 10 = 220 micro-dollars. */
const RATES = { input: 2_000_000, output: 10_000_000 }
const PRICED = { rates: RATES }

function money(microUsd: number, change: Partial<BudgetLimit> = {}): BudgetLimit {
  return sampleLimit(microUsd, { provider: USD, ...change })
}

export function describeMoney(open: OpenLedgerForTest): void {
  describe("budgets of money", () => {
    test("a request reserves its highest price, and settles at what it cost", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [money(1000)] } })
      const standing = { ...money(1000), isCeiling: false }
      expect(await setting.reserve("r1", PRICED)).toEqual({
        outcome: "reserved",
        requestId: "r1",
        reservedTokens: 30,
        governingMoney: { ...standing, usedTokens: 0, reservedTokens: 220 },
      })
      expect(await setting.settle("r1", { outputTokens: 5 }, { costMicroUsd: 77 })).toEqual({
        settled: true,
        chargedTokens: 5,
        crossed: [],
        governing: { ...standing, usedTokens: 77, reservedTokens: 0 },
      })
    })

    test("INV-5: money clamps the output, then refuses", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [money(300)] } })
      await setting.reserve("r1", PRICED)
      expect(await setting.reserve("r2", PRICED)).toMatchObject({
        outcome: "reserved",
        reservedTokens: 16,
        clampOutputTokens: 6,
      })
      expect(await setting.reserve("r3", PRICED)).toMatchObject({
        outcome: "refused",
        reason: "budget-exhausted",
        governing: { provider: USD, usedTokens: 0, reservedTokens: 300 },
      })
    })

    test("INV-5: tokens and money bind together", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [money(10_000), sampleLimit(25)] } })
      expect(await setting.reserve("r1", PRICED)).toMatchObject({
        reservedTokens: 25,
        clampOutputTokens: 15,
        governing: { reservedTokens: 25 },
        governingMoney: { reservedTokens: 170 },
      })
      expect(await setting.reserve("r2", PRICED)).toMatchObject({
        outcome: "refused",
        governing: { provider: "claude" },
      })
    })

    test("INV-5: 64 at once at the edge of a budget never reserve more money than is left", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [money(2200)] } })
      const other = await setting.openAnother()
      const results = await Promise.all(
        Array.from({ length: 64 }, (_, index) => {
          const request = sampleRequest(`r${index}`, setting.slug, setting.budgets, PRICED)
          return (index % 2 ? setting.ledger : other).reserve(request)
        }),
      )
      expect(results.filter(({ outcome }) => outcome === "reserved")).toHaveLength(10)
      expect(await setting.ledger.governingBudget(setting.budgets, USD)).toMatchObject({ reservedTokens: 2200 })
    })

    test.each(["reserve", "off"] as const)("gate %s: a model without a price is refused, and counted", async (gate) => {
      await using setting = await openSetting(open, { budgets: { gate, declared: [money(1000)] } })
      expect(await setting.reserve("r1")).toEqual({ outcome: "refused", reason: "no-price" })
      expect(await setting.ledger.usage({ by: "run" })).toMatchObject([{ requests: 0, refusedRequests: 1 }])
    })

    test("with the gate off, spent money refuses the next request", async () => {
      await using setting = await openSetting(open, { budgets: { gate: "off", declared: [money(100)] } })
      expect(await setting.reserve("r1", PRICED)).toMatchObject({ outcome: "reserved", reservedTokens: 0 })
      expect(await setting.settle("r1", {}, { costMicroUsd: 100 })).toMatchObject({ crossed: [80, 90, 95, 100] })
      expect(await setting.reserve("r2", PRICED)).toMatchObject({ outcome: "refused", reason: "budget-exhausted" })
    })

    test("INV-31: the nearest scope that limits money governs, and a ceiling of money binds besides", async () => {
      const declared = [money(10, { scope: PARENT }), money(1, { scope: HOST_SCOPE })]
      await using setting = await openSetting(open, { budgets: { declared, ceilings: [money(500)] } })
      const governs = async () => (await setting.ledger.governingBudget(setting.budgets, USD))?.limitTokens
      expect(await governs()).toBe(10)
      await setting.ledger.setBudget(money(400, { scope: RUN }), OPERATOR)
      expect(await governs()).toBe(400)
      await setting.ledger.setBudget(money(900, { scope: RUN }), OPERATOR)
      expect(await governs()).toBe(500)
      expect(await setting.ledger.governingBudget(setting.budgets, "claude")).toBeUndefined()
    })

    test("a limit of money that an operator sets later binds at once, knows what was spent before, in any window", async () => {
      await using setting = await openSetting(open, { now: "2026-06-18T11:59:00Z" })
      const { ledger, clock } = setting
      await setting.reserve("r1", PRICED)
      await setting.settle("r1", {}, { costMicroUsd: 1 })
      await setting.reserve("r2", { ...PRICED, provider: "codex" })
      await setting.settle("r2", {}, { costMicroUsd: 10 })
      clock.nowMs = Date.parse("2026-06-18T12:00:00Z")
      await setting.reserve("r3", PRICED)
      await setting.settle("r3", {}, { costMicroUsd: 100 })
      await setting.reserve("r4", PRICED)
      const windows = (["total", "hour", "day", "month"] as const).map((window) => money(5, { window }))
      expect(await ledger.measureLimits(windows)).toMatchObject(
        [111, 100, 111, 111].map((usedTokens) => ({ usedTokens, reservedTokens: 220 })),
      )
      await ledger.setBudget(money(120), OPERATOR)
      expect(await setting.reserve("r5", PRICED)).toMatchObject({ outcome: "refused", governing: { usedTokens: 111 } })
      expect(await ledger.listBudgets()).toEqual([money(120, { source: "operator" })])
      await ledger.unsetBudget(HOST_SCOPE, USD, OPERATOR)
      expect(await setting.reserve("r6", PRICED)).toMatchObject({ outcome: "reserved" })
    })

    test.each([
      ["money", USD, [0, 7]],
      ["tokens", "claude", [77, 0]],
      ["both", undefined, [0, 0]],
    ] as const)("resetting %s starts that total again, and only that", async (_what, provider, [usd, tokens]) => {
      await using setting = await openSetting(open)
      await setting.reserve("r1", PRICED)
      await setting.settle("r1", { outputTokens: 7 }, { costMicroUsd: 77 })
      await setting.ledger.resetBudget({ scope: HOST_SCOPE, provider }, OPERATOR)
      expect(await setting.ledger.measureLimits([money(1), sampleLimit(1), money(1, { scope: PARENT })])).toMatchObject(
        [{ usedTokens: usd }, { usedTokens: tokens }, { usedTokens: 77 }],
      )
    })

    test("a settlement crosses marks of money, and writes them down", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [money(1000), sampleLimit(1000)] } })
      await setting.reserve("r1", PRICED)
      expect(await setting.settle("r1", { outputTokens: 850 }, { costMicroUsd: 920 })).toMatchObject({
        crossed: [80, 90],
        governing: { provider: USD, usedTokens: 920 },
      })
      const warned = (await setting.ledger.listAudit()).map(({ kind, detail }) => [
        kind,
        detail["provider"],
        detail["percent"],
      ])
      expect(warned).toEqual([
        ["budget-warning", "claude", 80],
        ["budget-warning", USD, 90],
      ])
    })

    test("INV-9: a cost that nobody knows charges the request's highest price; a crash does, too", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [money(10_000)] } })
      await setting.ledger.attachProxy(setting.slug, "7:1:first" as ProcessIdentity)
      await setting.reserve("r1", PRICED)
      await setting.settle("r1", { outputTokens: 1 })
      expect(await setting.ledger.usage({ by: "run" })).toMatchObject([{ costMicroUsd: 0, unpricedRequests: 1 }])
      await setting.reserve("r2", PRICED)
      await setting.ledger.attachProxy(setting.slug, "8:1:second" as ProcessIdentity)
      expect(await setting.ledger.governingBudget(setting.budgets, USD)).toMatchObject({
        usedTokens: 440,
        reservedTokens: 0,
      })
      expect(await setting.ledger.usage({ by: "run" })).toMatchObject([{ costMicroUsd: 220, unpricedRequests: 1 }])
    })

    test("a request that never left gives its money back", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [money(220)] } })
      await setting.reserve("r1", PRICED)
      expect(await setting.reserve("r2", PRICED)).toMatchObject({ outcome: "refused" })
      await setting.ledger.release("r1")
      expect(await setting.reserve("r3", PRICED)).toMatchObject({ outcome: "reserved" })
    })
  })
}
