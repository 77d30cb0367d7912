import { describe, expect, test } from "bun:test"
import { sampleRun } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

export function describePages(open: OpenLedgerForTest): void {
  describe("pages", () => {
    test("runs come in pages that neither repeat nor leave out one, also when several started at once", async () => {
      await using setting = await openSetting(open, { run: { startedAtMs: 1 } })
      const { ledger } = setting
      for (let index = 0; index < 7; index++) {
        const status = index % 3 === 0 ? "ended" : "running"
        await ledger.createRun(sampleRun(`run-${index}`, { status, startedAtMs: 1000 + Math.floor(index / 2) }))
      }
      const slugsIn = async (all: boolean) => {
        const slugs: string[] = []
        for (;;) {
          const before = slugs.at(-1)
          const page = await ledger.listRuns({ all, limit: 2, ...(before === undefined ? {} : { before }) })
          if (page.length === 0) return slugs
          slugs.push(...page.map(({ slug }) => slug))
        }
      }
      const whole = ["run-6", "run-5", "run-4", "run-3", "run-2", "run-1", "run-0", setting.slug]
      expect(await slugsIn(true)).toEqual(whole)
      expect(await slugsIn(false)).toEqual(["run-5", "run-4", "run-2", "run-1", setting.slug])
      expect(await ledger.listRuns({ all: true, before: "nobody", limit: 5 })).toEqual([])
    })

    test("requests come newest first, of one run or of all, in pages", async () => {
      await using setting = await openSetting(open)
      const { ledger, clock, slug } = setting
      await ledger.createRun(sampleRun("other"))
      for (let index = 0; index < 5; index++) {
        clock.nowMs += 10
        await setting.spend(`r${index}`, { outputTokens: index + 1 })
        await setting.spend(`o${index}`, { outputTokens: 1 }, { slug: "other" })
      }
      await setting.reserve("open")
      const idsIn = async (of?: string) => {
        const ids: string[] = []
        for (;;) {
          const before = ids.at(-1)
          const page = await ledger.listRequests({
            limit: 2,
            ...(of === undefined ? {} : { slug: of }),
            ...(before === undefined ? {} : { before }),
          })
          if (page.length === 0) return ids
          ids.push(...page.map(({ id }) => id))
        }
      }
      expect(await idsIn(slug)).toEqual(["open", "r4", "r3", "r2", "r1", "r0"])
      expect(await idsIn()).toEqual(["open", "o4", "r4", "o3", "r3", "o2", "r2", "o1", "r1", "o0", "r0"])
      expect(await ledger.listRequests({ slug: "nobody", limit: 5 })).toEqual([])
      const [row] = await ledger.listRequests({ slug, limit: 1, before: "r3" })
      const usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 3, reasoningTokens: 0 }
      expect(row).toEqual({
        id: "r2",
        slug,
        provider: "claude",
        model: "opus",
        status: "settled",
        usage,
        chargedTokens: 3,
        reservedTokens: 30,
        estimated: false,
        startedAtMs: clock.nowMs - 20,
        endedAtMs: clock.nowMs - 20,
      })
    })
  })
}
