import { describe, expect, test } from "bun:test"
import { type BudgetLimit, HOST_SCOPE, type LimitSource, NO_USAGE, type Scope } from "@bot-bottle/contracts"
import { sampleBudgets, sampleLimit, sampleRequest, sampleRun } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

const RUN: Scope = { kind: "run", key: "impl-abc12" }
const AGENT: Scope = { kind: "agent", key: "implementer" }
const BOTTLE: Scope = { kind: "bottle", key: "claude-dev" }
const OPERATOR = { actor: "operator" }
const DASHBOARD = { actor: "dashboard" }
const PARENT: Scope = { kind: "bottle", key: "dev" }

function limitOf(scope: Scope, limitTokens: number, source: LimitSource = "manifest"): BudgetLimit {
  return sampleLimit(limitTokens, { scope, source })
}

export function describeBudgets(open: OpenLedgerForTest): void {
  describe("budgets", () => {
    test("operator-set limits are set, replaced, listed and unset", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      await ledger.setBudget(sampleLimit(100), OPERATOR)
      await ledger.setBudget(sampleLimit(200, { window: "day" }), OPERATOR)
      await ledger.setBudget({ scope: AGENT, provider: "codex", limitTokens: 5, window: "total" }, OPERATOR)
      expect(await ledger.listBudgets()).toEqual([
        sampleLimit(200, { window: "day", source: "operator" }),
        { scope: AGENT, provider: "codex", limitTokens: 5, window: "total", source: "operator" },
      ])
      expect(await ledger.unsetBudget(HOST_SCOPE, "claude", OPERATOR)).toBe(true)
      expect(await ledger.unsetBudget(HOST_SCOPE, "claude", OPERATOR)).toBe(false)
      expect(await ledger.unsetBudget(PARENT, "claude", OPERATOR)).toBe(false)
      expect(await ledger.listBudgets()).toHaveLength(1)
    })

    test.each([[-1], [0.5], [Number.NaN]])(
      "a limit of %p is refused and leaves nothing behind",
      async (limitTokens) => {
        await using setting = await openSetting(open)
        await expect(setting.ledger.setBudget(sampleLimit(limitTokens), OPERATOR)).rejects.toThrow(RangeError)
        expect([await setting.ledger.listBudgets(), await setting.ledger.listAudit()]).toEqual([[], []])
      },
    )

    test("INV-31: the nearest scope that defines a limit governs", async () => {
      const declared = [limitOf(HOST_SCOPE, 10), limitOf(PARENT, 500)]
      await using setting = await openSetting(open, { budgets: { declared } })
      const { ledger, budgets } = setting
      const governs = async () => (await ledger.governingBudget(budgets, "claude"))?.limitTokens
      expect(await governs()).toBe(500)
      await ledger.setBudget(limitOf(BOTTLE, 400), OPERATOR)
      expect(await governs()).toBe(400)
      await ledger.setBudget(limitOf(AGENT, 300), OPERATOR)
      expect(await governs()).toBe(300)
      await ledger.setBudget(limitOf(RUN, 200), OPERATOR)
      expect(await governs()).toBe(200)
      expect(await ledger.governingBudget(budgets, "codex")).toBeUndefined()
    })

    test("INV-31: an operator's limit replaces the manifest's and the flag's, of the same scope", async () => {
      const declared = [limitOf(BOTTLE, 500), limitOf(RUN, 400, "flag")]
      await using setting = await openSetting(open, { budgets: { declared } })
      const { ledger, budgets } = setting
      expect(await ledger.governingBudget(budgets, "claude")).toMatchObject({ limitTokens: 400, source: "flag" })
      await ledger.setBudget(limitOf(RUN, 999), OPERATOR)
      await ledger.setBudget(limitOf(BOTTLE, 600), OPERATOR)
      expect(await ledger.governingBudget(budgets, "claude")).toMatchObject({ limitTokens: 999, source: "operator" })
      const other = { ...budgets, declared: [limitOf(BOTTLE, 500)], chain: budgets.chain.slice(1) }
      expect(await ledger.governingBudget(other, "claude")).toMatchObject({ limitTokens: 600, source: "operator" })
      await ledger.unsetBudget(BOTTLE, "claude", OPERATOR)
      expect(await ledger.governingBudget(other, "claude")).toMatchObject({ limitTokens: 500, source: "manifest" })
    })

    test("INV-31: a ceiling binds whatever the nearest budget says", async () => {
      const budgets = { declared: [limitOf(RUN, 1000, "flag")], ceilings: [sampleLimit(40)] }
      await using setting = await openSetting(open, { budgets })
      expect(await setting.reserve("r1")).toMatchObject({
        reservedTokens: 30,
        governing: { isCeiling: true, limitTokens: 40 },
      })
      expect(await setting.reserve("r2")).toMatchObject({ outcome: "refused", governing: { isCeiling: true } })
      expect(await setting.settle("r1", { outputTokens: 40 })).toMatchObject({
        crossed: [80, 90, 95, 100],
        governing: { isCeiling: true, usedTokens: 40 },
      })
    })

    test("a scope counts every run in it", async () => {
      const declared = [limitOf(PARENT, 100)]
      await using setting = await openSetting(open, { budgets: { declared } })
      const { ledger } = setting
      await ledger.createRun(sampleRun("other-run", { agent: "reviewer", bottles: ["pi-dev"] }))
      const chain: Scope[] = [{ kind: "run", key: "other-run" }, { kind: "agent", key: "reviewer" }, PARENT, HOST_SCOPE]
      const budgets = sampleBudgets("other-run", { chain, declared })
      await ledger.reserve(sampleRequest("o1", "other-run", budgets))
      expect(await setting.reserve("r1")).toMatchObject({ governing: { scope: PARENT, reservedTokens: 60 } })
      await ledger.settle("o1", { how: "settled", estimated: false, usage: { ...NO_USAGE, outputTokens: 60 } })
      expect(await setting.reserve("r3")).toMatchObject({ outcome: "refused", governing: { usedTokens: 60 } })
      expect(
        await ledger.measureLimits([limitOf(AGENT, 1), limitOf({ kind: "agent", key: "reviewer" }, 1)]),
      ).toMatchObject([{ usedTokens: 0 }, { usedTokens: 60 }])
    })

    test("a limit set later, with any window, knows what was spent before", async () => {
      await using setting = await openSetting(open, { now: "2026-06-15T12:07:00Z" })
      const { ledger, clock } = setting
      await setting.spend("r1", { outputTokens: 1 })
      for (const [index, now] of ["2026-06-17T09:00:00Z", "2026-06-18T11:59:59Z", "2026-06-18T12:00:00Z"].entries()) {
        clock.nowMs = Date.parse(now)
        await setting.spend(`later-${index}`, { outputTokens: 10 ** (index + 1) })
      }
      clock.nowMs = Date.parse("2026-06-18T12:59:59Z")
      const limits = (["total", "hour", "day", "week", "month"] as const).map((window) => sampleLimit(9, { window }))
      const used = (await ledger.measureLimits(limits)).map((limit) => limit.usedTokens)
      expect(used).toEqual([1111, 1000, 1100, 1111, 1111])
      clock.nowMs = Date.parse("2026-07-01T00:00:00Z")
      expect((await ledger.measureLimits(limits)).map((limit) => limit.usedTokens)).toEqual([1111, 0, 0, 0, 0])
    })

    test("windows follow the local calendar: days of 23 and 25 hours, half-hour zones", async () => {
      await using setting = await openSetting(open, { timeZone: "Asia/Kathmandu", now: "2026-06-17T18:10:00Z" })
      const day = [sampleLimit(9, { window: "day" })]
      await setting.spend("r1", { outputTokens: 1 })
      // Local midnight is 18:15 UTC.
      setting.clock.nowMs = Date.parse("2026-06-17T18:15:00Z")
      await setting.spend("r2", { outputTokens: 10 })
      setting.clock.nowMs = Date.parse("2026-06-18T18:14:59Z")
      await setting.spend("r3", { outputTokens: 100 })
      expect(await setting.ledger.measureLimits(day)).toMatchObject([{ usedTokens: 110 }])
    })

    test.each([
      ["the day the clocks went forward", "2026-03-28T22:59:00Z", "2026-03-28T23:01:00Z", "2026-03-29T21:59:00Z"],
      ["the day the clocks went back", "2026-10-24T21:59:00Z", "2026-10-24T22:01:00Z", "2026-10-25T22:59:00Z"],
    ])("a day budget holds for %s", async (_which, before, first, last) => {
      await using setting = await openSetting(open, { timeZone: "Europe/Berlin", now: before })
      await setting.spend("r1", { outputTokens: 1 })
      for (const [index, now] of [first, last].entries()) {
        setting.clock.nowMs = Date.parse(now)
        await setting.spend(`later-${index}`, { outputTokens: 10 })
      }
      expect(await setting.ledger.measureLimits([sampleLimit(9, { window: "day" })])).toMatchObject([
        { usedTokens: 20 },
      ])
    })

    test("a request counts in the window in which it settles, and its reservation in every window", async () => {
      const declared = [sampleLimit(100, { window: "hour" })]
      await using setting = await openSetting(open, { now: "2026-06-15T12:59:00Z", budgets: { declared } })
      await setting.reserve("r1")
      setting.clock.nowMs = Date.parse("2026-06-15T13:01:00Z")
      const governing = () => setting.ledger.governingBudget(setting.budgets, "claude")
      expect(await governing()).toMatchObject({ usedTokens: 0, reservedTokens: 30 })
      await setting.settle("r1", { outputTokens: 7 })
      expect(await governing()).toMatchObject({ usedTokens: 7, reservedTokens: 0 })
    })

    test("a clock that jumps back loses nothing that was spent", async () => {
      const declared = [sampleLimit(100, { window: "day" })]
      await using setting = await openSetting(open, { now: "2026-06-15T12:00:00Z", budgets: { declared } })
      await setting.spend("r1", { outputTokens: 60 })
      setting.clock.nowMs = Date.parse("2026-06-15T03:00:00Z")
      await setting.spend("r2", { outputTokens: 5 })
      expect(await setting.ledger.governingBudget(setting.budgets, "claude")).toMatchObject({ usedTokens: 65 })
      setting.clock.nowMs = Date.parse("2026-06-14T03:00:00Z")
      expect(await setting.ledger.governingBudget(setting.budgets, "claude")).toMatchObject({ usedTokens: 65 })
    })

    test.each([
      ["everything", undefined, undefined, [0, 0, 0, 0]],
      ["one scope", AGENT, undefined, [7, 0, 9, 0]],
      ["one scope's provider", AGENT, "claude", [7, 0, 9, 9]],
      ["one provider everywhere", undefined, "codex", [7, 7, 0, 0]],
    ] as const)(
      "resetting %s starts those totals from zero, keeps reservations and calendar windows",
      async (_what, scope, provider, left) => {
        await using setting = await openSetting(open)
        await setting.spend("r1", { outputTokens: 7 })
        await setting.spend("r2", { outputTokens: 9 }, { provider: "codex" })
        await setting.reserve("r3")
        await setting.ledger.resetBudget({ scope, provider }, OPERATOR)
        const limits = ["claude", "codex"].flatMap((name) =>
          [HOST_SCOPE, AGENT].map((of) => sampleLimit(9, { scope: of, provider: name })),
        )
        const totals = await setting.ledger.measureLimits(limits)
        expect(totals.map((limit) => limit.usedTokens)).toEqual([...left])
        expect(totals.map((limit) => limit.reservedTokens)).toEqual([30, 30, 0, 0])
        const days = await setting.ledger.measureLimits(limits.map((limit) => ({ ...limit, window: "day" })))
        expect(days.map((limit) => limit.usedTokens)).toEqual([7, 7, 9, 9])
      },
    )

    test("a budget that was reset lets requests leave again, and its thresholds be crossed again", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(30)] } })
      expect(await setting.spend("r1", { outputTokens: 30 })).toMatchObject({ crossed: [80, 90, 95, 100] })
      expect(await setting.reserve("r2")).toMatchObject({ outcome: "refused" })
      await setting.ledger.resetBudget({ scope: HOST_SCOPE, provider: "claude" }, OPERATOR)
      expect(await setting.spend("r3", { outputTokens: 30 })).toMatchObject({ crossed: [80, 90, 95, 100] })
    })

    test("every change of a budget is in the audit trail, with who made it", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      await ledger.setBudget(sampleLimit(100), OPERATOR)
      await ledger.setBudget(limitOf(RUN, 200), DASHBOARD)
      await ledger.setBudget(limitOf(RUN, 300), OPERATOR)
      await ledger.unsetBudget(RUN, "claude", OPERATOR)
      await ledger.resetBudget({ scope: undefined, provider: undefined }, OPERATOR)
      const rows = (await ledger.listAudit()).map(({ slug, kind, actor, detail }) => [slug, kind, actor, detail])
      expect(rows as unknown[]).toEqual([
        ["", "budget-set", "operator", { scope: "host", provider: "claude", limit: 100, window: "total" }],
        [
          RUN.key,
          "budget-set",
          "dashboard",
          { scope: "run:impl-abc12", provider: "claude", limit: 200, window: "total" },
        ],
        [
          RUN.key,
          "budget-set",
          "operator",
          {
            scope: "run:impl-abc12",
            provider: "claude",
            limit: 300,
            window: "total",
            limit_before: 200,
            window_before: "total",
          },
        ],
        [
          RUN.key,
          "budget-unset",
          "operator",
          { scope: "run:impl-abc12", provider: "claude", limit_before: 300, window_before: "total" },
        ],
        ["", "budget-reset", "operator", { scope: "every", provider: "every", counters: 2 }],
      ])
    })
  })
}
