// The ledger, its clock and one running run: what most tests of the suite start from.

import type { NewRun, Run, RunBudgets, Usage } from "@bot-bottle/contracts"
import type { ReserveRequest, ReserveResult, Settlement, SettleResult } from "../../roles/metering.ts"
import type { RunChange } from "../../roles/runs.ts"
import { sampleBudgets, sampleRequest, sampleRun, sampleSettlement } from "../samples.ts"
import type { LedgerUnderTest, OpenLedgerForTest } from "./ledger-under-test.ts"

export interface Setting extends LedgerUnderTest {
  readonly clock: { nowMs: number }
  readonly slug: string
  readonly budgets: RunBudgets
  reserve(requestId: string, change?: Partial<ReserveRequest>): Promise<ReserveResult>
  settle(requestId: string, usage: Partial<Usage>, change?: Partial<Settlement>): Promise<SettleResult>
  /** Changes the run whatever it is now. */
  change(change: RunChange): Promise<void>
  /** The setting's run as the ledger should have it. */
  expected(change?: Partial<NewRun>): Run
  /** Reserves and settles one request. */
  spend(requestId: string, usage: Partial<Usage>, change?: Partial<ReserveRequest>): Promise<SettleResult>
}

export interface SettingOptions {
  readonly budgets?: Partial<RunBudgets>
  readonly run?: Partial<NewRun>
  readonly now?: string
  readonly timeZone?: string
}

export async function openSetting(open: OpenLedgerForTest, options: SettingOptions = {}): Promise<Setting> {
  const clock = { nowMs: Date.parse(options.now ?? "2026-06-15T12:07:00Z") }
  const under = await open({ nowMs: () => clock.nowMs, timeZone: options.timeZone ?? "UTC" })
  const { ledger } = under
  const slug = "impl-abc12"
  const budgets = sampleBudgets(slug, options.budgets)
  await ledger.createRun(sampleRun(slug, options.run))

  const reserve = (requestId: string, change: Partial<ReserveRequest> = {}) =>
    ledger.reserve(sampleRequest(requestId, slug, budgets, change))
  const settle = (requestId: string, usage: Partial<Usage>, change: Partial<Settlement> = {}) =>
    ledger.settle(requestId, sampleSettlement(usage, change))

  return {
    ledger,
    openAnother: () => under.openAnother(),
    openOnHost: (host) => under.openOnHost(host),
    clock,
    slug,
    budgets,
    async change(change) {
      const seen = await ledger.findRun(slug)
      if (!seen || !(await ledger.updateRunAsSeen(seen, change))) throw new Error(`Run ${slug} was not changed`)
    },
    expected: (change = {}) => ({ ...sampleRun(slug, { ...options.run, ...change }), host: ledger.host }),
    reserve,
    settle,
    async spend(requestId, usage, change = {}) {
      await reserve(requestId, change)
      return settle(requestId, usage)
    },
    [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
  }
}
