import { describe, expect, test } from "bun:test"
import { type FanOut, HOST_SCOPE, type ProcessIdentity, type Scope } from "@bot-bottle/contracts"
import { sampleBudgets, sampleLimit, sampleRequest, sampleRun } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

const RUN: Scope = { kind: "run", key: "impl-abc12" }
/** A sample request may cost 10 × 2 + 20 × 10 = 220 micro-dollars. */
const PRICED = { rates: { input: 2_000_000, output: 10_000_000 } }
const MINUTE_MS = 60_000

const limited = (limits: FanOut, scope: Scope = HOST_SCOPE) => ({ budgets: { fanOut: [{ scope, ...limits }] } })

export function describeFanOut(open: OpenLedgerForTest): void {
  describe("how fast requests are made", () => {
    test("INV-5: 64 at once in two processes never have more open than 'parallel' allows", async () => {
      await using setting = await openSetting(open, limited({ parallel: 5 }))
      const other = await setting.openAnother()
      const results = await Promise.all(
        Array.from({ length: 64 }, (_, index) =>
          (index % 2 ? setting.ledger : other).reserve(sampleRequest(`r${index}`, setting.slug, setting.budgets)),
        ),
      )
      expect(results.filter(({ outcome }) => outcome === "reserved")).toHaveLength(5)
      expect(results.find(({ outcome }) => outcome === "refused")).toEqual({
        outcome: "refused",
        reason: "fan-out-limit",
        by: { limit: "parallel", most: 5, scope: HOST_SCOPE, retryAfterMs: 1_000 },
      })
      // They wait, so none of them counts as refused.
      expect((await setting.ledger.usage({ by: "run" }))[0]?.refusedRequests ?? 0).toBe(0)
    })

    test.each(["settle", "release"] as const)("%s() makes room for the next, with the gate off too", async (how) => {
      for (const gate of ["reserve", "off"] as const) {
        const { budgets } = limited({ parallel: 1 })
        await using setting = await openSetting(open, { budgets: { ...budgets, gate } })
        await setting.reserve("r1")
        expect(await setting.reserve("r2")).toMatchObject({ reason: "fan-out-limit" })
        if (how === "settle") await setting.settle("r1", { outputTokens: 1 })
        else await setting.ledger.release("r1")
        // Closed twice, it makes room once.
        await setting.ledger.release("r1")
        expect(await setting.reserve("r3")).toMatchObject({ outcome: "reserved" })
        expect(await setting.reserve("r4")).toMatchObject({ reason: "fan-out-limit" })
      }
    })

    test("every scope's limit binds, over all its runs and providers", async () => {
      const fanOut = [
        { scope: RUN, parallel: 3 },
        { scope: HOST_SCOPE, parallel: 2 },
      ]
      await using setting = await openSetting(open, { budgets: { fanOut } })
      await setting.ledger.createRun(sampleRun("other-run"))
      await setting.ledger.reserve(
        sampleRequest("o1", "other-run", sampleBudgets("other-run"), { provider: "codex", model: "gpt" }),
      )
      expect(await setting.reserve("r1")).toMatchObject({ outcome: "reserved" })
      expect(await setting.reserve("r2")).toMatchObject({ by: { scope: HOST_SCOPE, most: 2 } })
    })

    test("INV-9: what a dead process left open makes room once it is swept", async () => {
      await using setting = await openSetting(open, limited({ parallel: 1, spendPerMinute: 10_000 }))
      await setting.ledger.attachProxy(setting.slug, "7:1:dead" as ProcessIdentity)
      await setting.reserve("r1", PRICED)
      expect(await setting.reserve("r2", PRICED)).toMatchObject({ reason: "fan-out-limit" })
      await setting.ledger.sweep({ host: setting.ledger.host, isAlive: (process) => process !== "7:1:dead" })
      expect(await setting.reserve("r3", PRICED)).toMatchObject({ outcome: "reserved" })
    })

    test("requests of a minute: the next may leave when the first of them is a minute old", async () => {
      await using setting = await openSetting(open, limited({ requestsPerMinute: 2 }))
      const { clock } = setting
      await setting.spend("r1", {})
      clock.nowMs += 10_000
      await setting.spend("r2", {})
      clock.nowMs += 5_000
      expect(await setting.reserve("r3")).toMatchObject({
        by: { limit: "requests_per_minute", most: 2, retryAfterMs: MINUTE_MS - 15_000 },
      })
      clock.nowMs += MINUTE_MS - 15_000 - 1
      expect(await setting.reserve("r4")).toMatchObject({ reason: "fan-out-limit" })
      clock.nowMs += 1
      expect(await setting.reserve("r5")).toMatchObject({ outcome: "reserved" })
      expect(await setting.reserve("r6")).toMatchObject({ by: { retryAfterMs: 10_000 } })
      // It never left.
      await setting.ledger.release("r5")
      expect(await setting.reserve("r7")).toMatchObject({ outcome: "reserved" })
    })

    test("a clock that is set back makes nobody wait", async () => {
      await using setting = await openSetting(open, limited({ requestsPerMinute: 1 }))
      await setting.spend("r1", {})
      setting.clock.nowMs -= 3_600_000
      expect(await setting.reserve("r2")).toMatchObject({ outcome: "reserved" })
    })

    test("the cost of a minute: what is open counts at its highest price, what has ended at its own", async () => {
      await using setting = await openSetting(open, limited({ spendPerMinute: 200 }))
      const { clock } = setting
      expect(await setting.reserve("r1", PRICED)).toMatchObject({ outcome: "reserved" })
      expect(await setting.reserve("r2", PRICED)).toMatchObject({
        by: { limit: "spend_per_minute", retryAfterMs: 1_000 },
      })
      await setting.settle("r1", {}, { costMicroUsd: 150 })
      clock.nowMs += 1
      await setting.reserve("r3", PRICED)
      await setting.settle("r3", {}, { costMicroUsd: 50 })
      expect(await setting.reserve("r4", PRICED)).toMatchObject({ by: { retryAfterMs: MINUTE_MS - 1 } })
      clock.nowMs += MINUTE_MS - 1
      expect(await setting.reserve("r5", PRICED)).toMatchObject({ outcome: "reserved" })
      expect(await setting.reserve("r6")).toEqual({ outcome: "refused", reason: "no-price" })
    })

    test("a budget that is spent says so before a request waits", async () => {
      const { budgets } = limited({ parallel: 1 })
      await using setting = await openSetting(open, { budgets: { ...budgets, declared: [sampleLimit(30)] } })
      await setting.reserve("r1")
      expect(await setting.reserve("r2")).toMatchObject({ reason: "budget-exhausted" })
    })
  })
}
