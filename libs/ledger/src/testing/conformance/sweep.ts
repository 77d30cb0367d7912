import { describe, expect, test } from "bun:test"
import type { ProcessIdentity, RunStatus } from "@bot-bottle/contracts"
import { sampleLimit } from "../samples.ts"
import type { OpenLedgerForTest } from "./ledger-under-test.ts"
import { openSetting } from "./setting.ts"

const LAUNCHER = "1:1:boot" as ProcessIdentity
const PROXY = "2:2:boot" as ProcessIdentity

export function describeSweep(open: OpenLedgerForTest): void {
  describe("sweep()", () => {
    // biome-ignore format: a table
    test.each([
      // status    alive               proxy     then       endReason    used  reserved
      ["running",  [LAUNCHER, PROXY],  PROXY,    "running", undefined,   0,    30],
      ["running",  [LAUNCHER],         PROXY,    "running", undefined,   30,   0],
      ["running",  [PROXY],            PROXY,    "running", undefined,   0,    30],
      ["running",  [],                 PROXY,    "ended",   "crashed",   30,   0],
      ["cut",      [],                 PROXY,    "ended",   "crashed",   30,   0],
      ["frozen",   [],                 PROXY,    "frozen",  undefined,   30,   0],
      ["killed",   [],                 PROXY,    "killed",  undefined,   30,   0],
      ["ended",    [],                 PROXY,    "ended",   undefined,   30,   0],
      ["running",  [LAUNCHER],         undefined, "running", undefined,  0,    30],
      ["running",  [],                 undefined, "ended",   "crashed",  30,   0],
    ] as const)("INV-9: a %s run with %p alive, proxy %p, is then %s", async (status, alive, proxy, then, endReason, used, reserved) => {
      const run = { status: status as RunStatus, launcher: LAUNCHER, ...(proxy ? { proxy } : {}) }
      await using setting = await openSetting(open, { run, budgets: { declared: [sampleLimit(100)] } })
      await setting.reserve("r1")
      const changes = then !== status || used > 0
      const isAlive = (process: ProcessIdentity) => (alive as readonly ProcessIdentity[]).includes(process)

      expect(await setting.ledger.sweep({ host: setting.ledger.host, isAlive })).toEqual(changes ? [setting.slug] : [])
      const after = await setting.ledger.findRun(setting.slug)
      expect([after?.status, after?.endReason]).toEqual([then, endReason])
      const governing = await setting.ledger.governingBudget(setting.budgets, "claude")
      expect([governing?.usedTokens, governing?.reservedTokens]).toEqual([used, reserved])
      expect(await setting.ledger.sweep({ host: setting.ledger.host, isAlive })).toEqual([])
    })

    test("INV-9: with the gate off the estimate is charged, and the row says that it is one", async () => {
      await using setting = await openSetting(open, { budgets: { gate: "off" } })
      await setting.reserve("r1")
      await setting.ledger.sweep({ host: setting.ledger.host, isAlive: () => false })
      const usage = { inputTokens: 10, outputTokens: 20, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }
      const row = {
        key: setting.slug,
        requests: 1,
        refusedRequests: 0,
        estimatedRequests: 1,
        usage,
        chargedTokens: 30,
        costMicroUsd: 0,
        unpricedRequests: 1,
      }
      expect(await setting.ledger.usage({ by: "run" })).toEqual([row])
    })

    test("INV-9: a settlement that comes after the sweep changes nothing", async () => {
      await using setting = await openSetting(open)
      await setting.reserve("r1")
      await setting.ledger.sweep({ host: setting.ledger.host, isAlive: () => false })
      expect(await setting.settle("r1", { outputTokens: 1 })).toEqual({
        settled: false,
        chargedTokens: 30,
        crossed: [],
      })
    })

    test("several sweeps at once do the work once", async () => {
      await using setting = await openSetting(open, { budgets: { declared: [sampleLimit(1000)] } })
      for (let index = 0; index < 10; index++) await setting.reserve(`r${index}`)
      const handles = [setting.ledger, await setting.openAnother(), await setting.openAnother()]
      const swept = await Promise.all(
        [...handles, ...handles].map((ledger) => ledger.sweep({ host: setting.ledger.host, isAlive: () => false })),
      )
      expect(swept.flat()).toEqual([setting.slug])
      expect(await setting.ledger.governingBudget(setting.budgets, "claude")).toMatchObject({
        usedTokens: 300,
        reservedTokens: 0,
      })
    })
  })
}
