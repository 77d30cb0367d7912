import { describe, expect, test } from "bun:test"
import { HOST_SCOPE, type ProcessIdentity } from "@bot-bottle/contracts"
import { sampleBudgets, sampleLimit, sampleRequest, sampleSettlement } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

export function describeRequests(open: OpenLedgerForTest): void {
  describe("reserve()", () => {
    test("without a limit everything leaves, reserved at input and most output", async () => {
      await using setting = await openSetting(open)
      expect(await setting.reserve("r1")).toEqual({ outcome: "reserved", requestId: "r1", reservedTokens: 30 })
      expect(await setting.ledger.governingBudget(setting.budgets, "claude")).toBeUndefined()
    })

    test("says which budget governs and where it stands", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(100)] } })
      expect(await setting.reserve("r1")).toEqual({
        outcome: "reserved",
        requestId: "r1",
        reservedTokens: 30,
        governing: { ...sampleLimit(100), usedTokens: 0, reservedTokens: 30, isCeiling: false },
      })
    })

    test("INV-5: clamps to what is left, then refuses", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(50)] } })
      await setting.reserve("r1")
      expect(await setting.reserve("r2")).toMatchObject({ reservedTokens: 20, clampOutputTokens: 10 })
      expect(await setting.reserve("r3")).toEqual({
        outcome: "refused",
        reason: "budget-exhausted",
        governing: { ...sampleLimit(50), usedTokens: 0, reservedTokens: 50, isCeiling: false },
      })
    })

    test("INV-5: refuses what would leave less than the usable minimum", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(14)] } })
      expect(await setting.reserve("r1")).toMatchObject({ outcome: "refused" })
      expect(await setting.reserve("r2", { minOutputTokens: 4 })).toMatchObject({ clampOutputTokens: 4 })
    })

    test("INV-5: 64 at once at the edge of a budget never reserve more than is left", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(300)] } })
      const other = await setting.openAnother()
      const ask = (index: number) => {
        const request = sampleRequest(`r${index}`, setting.slug, setting.budgets)
        return (index % 2 ? setting.ledger : other).reserve(request)
      }
      const results = await Promise.all(Array.from({ length: 64 }, (_, index) => ask(index)))
      const reserved = results.map((result) => (result.outcome === "reserved" ? result.reservedTokens : 0))
      expect(reserved.reduce((a, b) => a + b, 0)).toBe(300)
      expect(results.filter((result) => result.outcome === "reserved").length).toBe(10)
    })

    test("INV-5: with the gate off nothing is reserved, and at spent = limit nothing more leaves", async () => {
      await using setting = await openSetting(open, { budgets: { gate: "off", declared: [sampleLimit(50)] } })
      expect(await setting.reserve("r1")).toMatchObject({ outcome: "reserved", reservedTokens: 0 })
      expect(await setting.reserve("r2")).toMatchObject({ outcome: "reserved", reservedTokens: 0 })
      await setting.settle("r1", { outputTokens: 49 })
      expect(await setting.reserve("r3")).toMatchObject({ outcome: "reserved" })
      await setting.settle("r2", { outputTokens: 1 })
      expect(await setting.reserve("r4")).toMatchObject({ outcome: "refused", governing: { usedTokens: 50 } })
    })

    test("a limit of 0 lets nothing leave", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(0)] } })
      expect(await setting.reserve("r1", { inputTokens: 0, minOutputTokens: 0 })).toMatchObject({ outcome: "refused" })
    })

    test("each provider has its own budget", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(30)] } })
      await setting.reserve("r1")
      expect(await setting.reserve("r2")).toMatchObject({ outcome: "refused" })
      expect(await setting.reserve("r3", { provider: "codex" })).toMatchObject({ outcome: "reserved" })
    })

    test("a run that is not in the ledger cannot reserve, and an id is used once", async () => {
      await using setting = await openSetting(open)
      await expect(setting.reserve("r1", { slug: "nobody" })).rejects.toThrow("nobody")
      await setting.reserve("r2")
      await expect(setting.reserve("r2")).rejects.toThrow()
      expect(await setting.settle("r1", {})).toMatchObject({ settled: false })
    })
  })

  describe("settle()", () => {
    test("charges what was used and gives the rest back", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(1000)] } })
      await setting.reserve("r1")
      const usage = { inputTokens: 3, cacheWriteTokens: 4, outputTokens: 5, cacheReadTokens: 11, reasoningTokens: 2 }
      expect(await setting.settle("r1", usage)).toEqual({
        settled: true,
        chargedTokens: 14,
        crossed: [],
        governing: { ...sampleLimit(1000), usedTokens: 14, reservedTokens: 0, isCeiling: false },
      })
    })

    test("INV-9: the first settlement stands", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(1000)] } })
      await setting.reserve("r1")
      await setting.settle("r1", { outputTokens: 7 })
      expect(await setting.settle("r1", { outputTokens: 900 })).toEqual({
        settled: false,
        chargedTokens: 7,
        crossed: [],
      })
      await setting.ledger.release("r1")
      expect(await setting.ledger.governingBudget(setting.budgets, "claude")).toMatchObject({
        usedTokens: 7,
        reservedTokens: 0,
      })
    })

    test("INV-9: of 16 settlements at once, through two handles, one stands", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(1000)] } })
      const other = await setting.openAnother()
      await setting.reserve("r1")
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          (index % 2 ? setting.ledger : other).settle("r1", sampleSettlement({ outputTokens: index + 1 })),
        ),
      )
      const stood = results.filter((result) => result.settled)
      expect(stood.length).toBe(1)
      expect(await other.governingBudget(setting.budgets, "claude")).toMatchObject({
        usedTokens: stood[0]?.chargedTokens ?? -1,
        reservedTokens: 0,
      })
    })

    test("an unknown request settles nothing", async () => {
      await using setting = await openSetting(open)
      expect(await setting.settle("r1", { outputTokens: 7 })).toEqual({ settled: false, chargedTokens: 0, crossed: [] })
    })

    test("charges at least what it is told to, and records more than was reserved", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(100)] } })
      await setting.reserve("r1")
      expect(await setting.settle("r1", { outputTokens: 2 }, { atLeastTokens: 30 })).toMatchObject({
        chargedTokens: 30,
      })
      await setting.reserve("r2")
      expect(await setting.settle("r2", { outputTokens: 90 }, { atLeastTokens: 30 })).toMatchObject({
        chargedTokens: 90,
        governing: { usedTokens: 120 },
      })
      expect(await setting.reserve("r3")).toMatchObject({ outcome: "refused" })
    })

    test("INV-9: a reservation that nobody settled counts in full, for every handle", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(30)] } })
      await setting.reserve("r1")
      const other = await setting.openAnother()
      const request = sampleRequest("r2", setting.slug, setting.budgets)
      expect(await other.reserve(request)).toMatchObject({ outcome: "refused", governing: { reservedTokens: 30 } })
    })

    test("each threshold is crossed once", async () => {
      await using setting = await openSetting(open, { budgets: { gate: "off", declared: [sampleLimit(100)] } })
      const crossed = []
      for (const [index, tokens] of [79, 1, 5, 9, 1, 4, 1, 20].entries()) {
        await setting.reserve(`r${index}`).catch(() => undefined)
        const result = await setting.settle(`r${index}`, { outputTokens: tokens })
        crossed.push(result.settled ? result.crossed : "refused")
      }
      expect(crossed).toEqual([[], [80], [], [90], [95], [], [100], "refused"])
    })

    test("a crossing is recorded in the audit trail", async () => {
      await using setting = await openSetting(open, { budgets: { gate: "off", declared: [sampleLimit(100)] } })
      await setting.spend("r1", { outputTokens: 92 })
      await setting.spend("r2", { outputTokens: 92 })
      const rows = (await setting.ledger.listAudit()).map(({ slug, kind, actor, detail }) => ({
        slug,
        kind,
        actor,
        detail,
      }))
      const detail = { scope: "host", provider: "claude", limit: 100, window: "total", is_ceiling: false }
      expect(rows).toEqual([
        {
          slug: setting.slug,
          kind: "budget-warning",
          actor: "bot-bottle",
          detail: { ...detail, percent: 90, used: 92 },
        },
        {
          slug: setting.slug,
          kind: "budget-exhausted",
          actor: "bot-bottle",
          detail: { ...detail, percent: 100, used: 184 },
        },
      ])
    })

    test("a settlement keeps the scopes and the weight of its reservation, whoever settles", async () => {
      await using setting = await openSetting(open, { budgets: { cacheReadWeight: 0.5 } })
      await setting.reserve("r1")
      const other = await setting.openAnother()
      expect(await other.settle("r1", sampleSettlement({ cacheReadTokens: 10 }))).toMatchObject({ chargedTokens: 5 })
      const limits = setting.budgets.chain.map((scope) => sampleLimit(100, { scope }))
      const used = (await other.measureLimits(limits)).map((limit) => limit.usedTokens)
      expect(used).toEqual([5, 5, 5, 5, 5])
    })
  })

  describe("release()", () => {
    test("gives the whole reservation back and counts no request", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(30)] } })
      await setting.reserve("r1")
      await setting.ledger.release("r1")
      await setting.ledger.release("r1")
      await setting.ledger.release("unknown")
      expect(await setting.ledger.governingBudget(setting.budgets, "claude")).toMatchObject({
        usedTokens: 0,
        reservedTokens: 0,
      })
      expect(await setting.settle("r1", { outputTokens: 7 })).toMatchObject({ settled: false })
      expect(await setting.ledger.usage({ by: "run" })).toEqual([])
    })
  })

  describe("attachProxy()", () => {
    test("INV-9: what another proxy left open is settled at its reservation", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(100)] } })
      await setting.ledger.attachProxy(setting.slug, "2:2:boot" as ProcessIdentity)
      await setting.reserve("r1")
      await setting.ledger.attachProxy(setting.slug, "2:2:boot" as ProcessIdentity)
      const governing = () => setting.ledger.governingBudget(sampleBudgets(setting.slug, setting.budgets), "claude")
      expect(await governing()).toMatchObject({ scope: HOST_SCOPE, usedTokens: 0, reservedTokens: 30 })
      await setting.ledger.attachProxy(setting.slug, "3:3:boot" as ProcessIdentity)
      expect(await governing()).toMatchObject({ usedTokens: 30, reservedTokens: 0 })
      expect(await setting.settle("r1", { outputTokens: 1 })).toMatchObject({ settled: false, chargedTokens: 30 })
    })
  })
}
