import { describe, expect, test } from "bun:test"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { sampleRun } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

export function describeRuns(open: OpenLedgerForTest): void {
  describe("runs", () => {
    test("countPastRuns() counts what has ended or was killed", async () => {
      await using setting = await openSetting(open)
      await setting.ledger.createRun(sampleRun("over", { status: "ended", endedAtMs: 5 }))
      await setting.ledger.createRun(sampleRun("cold", { status: "frozen" }))
      await setting.ledger.createRun(sampleRun("gone", { status: "killed", endedAtMs: 6 }))
      expect(await setting.ledger.countPastRuns()).toBe(2)
    })

    test("a run is found as it was created", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      const run = sampleRun("all-fields", {
        label: "Réview ✓",
        color: "bright-red",
        bottles: ["a", "b"],
        ancestors: ["c", "d"],
        meters: ["claude", "codex"],
        policy: "freeze",
        status: "ended",
        endedAtMs: 5_000,
        exitCode: 0,
        endReason: "proxy-died",
        proxy: "2:2:boot" as ProcessIdentity,
      })
      await ledger.createRun(run)
      expect(await ledger.findRun("all-fields")).toEqual({ ...run, host: ledger.host })
      expect(await ledger.findRun(setting.slug)).toEqual(setting.expected())
      expect(await ledger.findRun("nobody")).toBeUndefined()
    })

    test("a slug is given once", async () => {
      await using setting = await openSetting(open)
      await expect(setting.ledger.createRun(sampleRun(setting.slug))).rejects.toThrow(setting.slug)
    })

    test("a change touches only what it names", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug } = setting
      const launcher = "9:9:boot" as ProcessIdentity
      await setting.change({ status: "ended", endedAtMs: 9_000, exitCode: 3, endReason: "crashed" })
      await setting.change({ launcher })
      expect(await ledger.findRun(slug)).toEqual(
        setting.expected({ status: "ended", endedAtMs: 9_000, exitCode: 3, endReason: "crashed", launcher }),
      )
    })

    test("a change to a run as it was seen is made once, and not when launcher or status have changed", async () => {
      await using setting = await openSetting(open, { run: { status: "frozen" } })
      const { ledger, slug } = setting
      const seen = sampleRun(slug, { status: "frozen" })
      const another = await setting.openAnother()
      const take = (from: typeof seen, pid: number) =>
        another.updateRunAsSeen(from, { status: "running", launcher: `${pid}:${pid}:boot` as ProcessIdentity })
      expect(await take({ ...seen, slug: "nobody" }, 6)).toBe(false)
      expect(await take({ ...seen, status: "ended" }, 7)).toBe(false)
      expect(await another.updateRunAsSeen({ ...seen, status: "cut", launcher: "any" }, { status: "ended" })).toBe(
        false,
      )
      expect((await Promise.all([8, 9].map((pid) => take(seen, pid)))).sort()).toEqual([false, true])
      expect(await take(seen, 10)).toBe(false)
      expect((await ledger.findRun(slug))?.launcher).toMatch(/^[89]:/)
    })

    test("a run that is resumed may have another policy, other providers and other ancestors", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug } = setting
      const change = { policy: "kill", meters: ["claude", "codex"], ancestors: [] } as const
      await setting.change(change)
      expect(await ledger.findRun(slug)).toEqual(setting.expected(change))
    })

    test("a run that runs again has not ended", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug } = setting
      await setting.change({ status: "ended", endedAtMs: 9_000, exitCode: 3, endReason: "crashed" })
      await setting.change({ status: "running" })
      expect(await ledger.findRun(slug)).toEqual(setting.expected())
    })

    test("a frozen run has not ended, and says what froze it", async () => {
      await using setting = await openSetting(open)
      const { ledger, slug } = setting
      await setting.change({ status: "ended", endedAtMs: 9_000, exitCode: 3, endReason: "crashed" })
      await setting.change({ status: "frozen", endReason: "budget" })
      expect(await ledger.findRun(slug)).toEqual(setting.expected({ status: "frozen", endReason: "budget" }))
    })

    test("changing a run that is not there fails", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      expect(await ledger.updateRunAsSeen(sampleRun("nobody"), { status: "cut" })).toBe(false)
      await expect(ledger.attachProxy("nobody", "1:1:x" as ProcessIdentity)).rejects.toThrow("nobody")
    })

    test("runs are listed newest first, and the ones that are over only when asked for", async () => {
      await using setting = await openSetting(open)
      const { ledger } = setting
      for (const [index, status] of (["running", "cut", "frozen", "ended", "killed"] as const).entries()) {
        await ledger.createRun(sampleRun(`run-${status}`, { status, startedAtMs: 2_000 + index }))
      }
      const slugs = async (all: boolean) => (await ledger.listRuns({ all })).map((run) => run.slug)
      expect(await slugs(true)).toEqual([
        "run-killed",
        "run-ended",
        "run-frozen",
        "run-cut",
        "run-running",
        setting.slug,
      ])
      expect(await slugs(false)).toEqual(["run-frozen", "run-cut", "run-running", setting.slug])
    })

    test("tags come with a run, and more are added; one of the same name is replaced", async () => {
      await using setting = await openSetting(open, { run: { tags: { issue: "octo/shop#7", team: "search" } } })
      const { ledger, slug } = setting
      await ledger.tagRun(slug, { pr: "octo/shop#8", team: "ads" })
      const tags = { issue: "octo/shop#7", team: "ads", pr: "octo/shop#8" }
      expect(await ledger.findRun(slug)).toEqual(setting.expected({ tags }))
      await expect(ledger.tagRun("nobody", tags)).rejects.toThrow("nobody")
    })
  })
}
