import { describe, expect, test } from "bun:test"
import { HOST_SCOPE } from "@bot-bottle/contracts"
import type { EnforcementAction } from "../../roles/enforcement.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

export function describeEnforcement(open: OpenLedgerForTest): void {
  describe("enforcement", () => {
    test("a step is recorded when asked for and when done, and both are in the audit trail", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug, clock } = setting
      const startMs = clock.nowMs
      const budget = {
        provider: "claude",
        scope: HOST_SCOPE,
        limitTokens: 100,
        usedTokens: 130,
        window: "total",
      } as const
      const cutoff: EnforcementAction = { slug, kind: "cutoff", trigger: "budget", actor: "proxy", ...budget }
      const kill: EnforcementAction = { slug, kind: "kill", trigger: "operator", actor: "operator" }

      const cutoffId = await ledger.beginEnforcement(cutoff)
      clock.nowMs += 5
      const killId = await ledger.beginEnforcement(kill)
      clock.nowMs += 5
      expect((await ledger.listPendingEnforcement()).map(({ id, slug, kind }) => [id, slug, kind])).toEqual([
        [cutoffId, slug, "cutoff"],
        [killId, slug, "kill"],
      ])
      await ledger.finishEnforcement(cutoffId, { outcome: "done" })
      await ledger.finishEnforcement(killId, { outcome: "failed", error: "Process 7 did not die" })
      await ledger.finishEnforcement(killId, { outcome: "done" })

      expect(await ledger.listEnforcement(slug)).toEqual([
        { ...cutoff, id: cutoffId, requestedAtMs: startMs, doneAtMs: startMs + 10, outcome: "done" },
        {
          ...kill,
          id: killId,
          requestedAtMs: startMs + 5,
          doneAtMs: startMs + 10,
          outcome: "failed",
          error: "Process 7 did not die",
        },
      ])
      expect(await ledger.listEnforcement("nobody")).toEqual([])
      expect(await ledger.listPendingEnforcement()).toEqual([])
      const limits = { scope: "host", provider: "claude", limit: 100, used: 130, window: "total" }
      expect((await ledger.listAudit()).map(({ kind, actor, detail }) => [kind, actor, detail]) as unknown[]).toEqual([
        ["cutoff-requested", "proxy", { enforcement: cutoffId, trigger: "budget", ...limits }],
        ["kill-requested", "operator", { enforcement: killId, trigger: "operator" }],
        ["cutoff-done", "proxy", { enforcement: cutoffId, trigger: "budget" }],
        ["kill-failed", "operator", { enforcement: killId, trigger: "operator", error: "Process 7 did not die" }],
      ])
    })

    test("the watchdog's reason, and until when a run is parked, come back and are in the audit trail", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug } = setting
      const untilMs = Date.parse("2026-11-28T14:00:00Z")
      const step = {
        slug,
        kind: "freeze",
        trigger: "watchdog",
        reason: "parked",
        untilMs,
        actor: "bot-bottle",
      } as const
      const id = await ledger.beginEnforcement(step)
      expect(await ledger.listPendingEnforcement()).toMatchObject([{ ...step, id }])
      const [entry] = await ledger.listAudit()
      expect([entry?.detail["reason"], Date.parse(String(entry?.detail["until"]))]).toEqual(["parked", untilMs])
    })

    test("a step of no run, or one that was never begun, is a bug that leaves no trace", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      await expect(
        ledger.beginEnforcement({ slug: "nobody", kind: "kill", trigger: "operator", actor: "operator" }),
      ).rejects.toThrow("nobody")
      await expect(ledger.finishEnforcement(99, { outcome: "done" })).rejects.toThrow("99")
      expect(await ledger.listAudit()).toEqual([])
    })
  })
}
