import { describe, expect, test } from "bun:test"
import type { HostId, NewRun, ProcessIdentity } from "@bot-bottle/contracts"
import { sampleLimit, sampleRun } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

const OTHER = "other-00000" as HostId
const nobody = () => false

export function describeHosts(open: OpenLedgerForTest): void {
  describe("several hosts", () => {
    test("a run belongs to the host it was created on, whoever reads it", async () => {
      await using setting = await openSetting(open)
      const elsewhere = await setting.openOnHost(OTHER)
      expect([elsewhere.host, setting.ledger.host === OTHER]).toEqual([OTHER, false])
      await elsewhere.createRun(sampleRun("theirs"))
      expect((await setting.ledger.findRun("theirs"))?.host).toBe(OTHER)
      const hosts = (await elsewhere.listRuns({ all: true })).map(({ slug, host }) => [slug, host])
      expect(hosts.sort()).toEqual(
        [
          [setting.slug, setting.ledger.host],
          ["theirs", OTHER],
        ].sort(),
      )
    })

    test("a run that another host reads has every field that its own host wrote", async () => {
      await using setting = await openSetting(open)
      const whole: Required<NewRun> = {
        ...sampleRun("theirs"),
        ...{
          color: "red",
          ancestors: ["dev", "base"],
          meters: ["claude", "codex"],
          tags: { issue: "7" },
          status: "ended",
        },
        ...{ endedAtMs: 2_000, exitCode: 3, endReason: "crashed", proxy: "2:2:theirs" as ProcessIdentity },
      }
      const elsewhere = await setting.openOnHost(OTHER)
      await elsewhere.createRun(whole)
      expect(await setting.ledger.findRun("theirs")).toEqual({ ...whole, host: OTHER })
      expect(await elsewhere.findRun("theirs")).toEqual({ ...whole, host: OTHER })
    })

    test("INV-9: a sweep leaves other hosts' runs, requests and claims alone, however dead they look from here", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(100)] } })
      const { ledger, slug } = setting
      await setting.reserve("r1")
      const claim = { kind: "label", name: "build", holder: "1:1:boot" as ProcessIdentity } as const
      await ledger.claim(claim, nobody)

      const elsewhere = await setting.openOnHost(OTHER)
      const asked: ProcessIdentity[] = []
      const isAlive = (process: ProcessIdentity) => asked.push(process) < 0
      expect(await elsewhere.sweep({ host: OTHER, isAlive })).toEqual([])
      expect(asked).toEqual([])
      expect(await ledger.findRun(slug)).toEqual(setting.expected())
      expect(await ledger.governingBudget(setting.budgets, "claude")).toMatchObject({ reservedTokens: 30 })
      expect(await ledger.claim({ ...claim, holder: "2:2:boot" as ProcessIdentity }, () => true)).toBe("taken")

      // The positive control: its own host's sweep does it.
      expect(await ledger.sweep({ host: ledger.host, isAlive: nobody })).toEqual([slug])
      expect(await ledger.findRun(slug)).toMatchObject({ status: "ended", endReason: "crashed" })
    })
  })
}
