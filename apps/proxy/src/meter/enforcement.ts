// Acts when a budget is gone: closes egress at once, tells the launcher, writes it down.
//
// In that order. Closing needs no ledger and waits for none; the record follows as soon as the
// ledger takes it. The launcher carries out the rest of the run's policy (freeze, kill): the
// request is recorded here, and its outcome by the process that acts. The operator's command
// records its own requests over the control socket.

import type { BudgetState, ProxyReport, RunBudgets, Slug } from "@bot-bottle/contracts"
import type { GoverningBudget, Ledger, SettleResult } from "@bot-bottle/ledger"
import { amountOf, describeCutoffBy, describeExhaustion, type WeighedRequest } from "../describe-denial.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import type { LedgerWrites } from "./ledger-writes.ts"

export interface Enforcement {
  /** Warns, or cuts, as the crossings of a settlement ask. */
  settled(result: SettleResult): void
  /** Cuts when nothing is under way that could still give tokens back. */
  refused(governing: GoverningBudget, request: WeighedRequest | undefined): void
  /**
   * The charge so far of a response still streaming, in the limit's unit; `governing` is as it stood when the request
   * was admitted.
   */
  streaming(governing: GoverningBudget, charged: number): void
}

export interface EnforcementOptions {
  readonly slug: Slug
  readonly budgets: () => Pick<RunBudgets, "policy">
  readonly egress: EgressSwitch
  readonly ledger: Pick<Ledger, "beginEnforcement" | "finishEnforcement" | "updateRunAsSeen">
  readonly writes: LedgerWrites
  readonly report: (report: ProxyReport) => void
}

export function createEnforcement(options: EnforcementOptions): Enforcement {
  const { slug, budgets, egress, ledger, writes, report } = options

  /** Budgets that were found spent: closing egress is repeated freely, what else the policy asks is not. */
  const spent = new Set<string>()

  function exhausted(governing: GoverningBudget, request?: WeighedRequest): void {
    const denial = describeExhaustion(slug, budgets().policy, governing, request)
    const { provider, scope, limitTokens } = governing
    const crossing = [provider, scope.kind, scope.key, limitTokens].join(" ")
    const wasOpen = egress.cut({ metered: denial, others: describeCutoffBy(denial) })
    // An operator, or the data loss rules, may have closed it before: the budget's policy holds all the same.
    if (!wasOpen && spent.has(crossing)) return
    spent.add(crossing)
    report({ kind: "budget-exhausted", budget: stateOf(governing, request) })
    writes.enqueue(createRecord(governing))
  }

  /** Repeated whole until it is through, without beginning a second row. */
  function createRecord({ provider, scope, limitTokens, usedTokens, window }: GoverningBudget): () => Promise<void> {
    const step = {
      slug,
      trigger: "budget",
      provider,
      scope,
      limitTokens,
      usedTokens,
      window,
      actor: "bot-bottle",
    } as const
    const { policy } = budgets()
    let isPolicyAsked = policy === "cutoff"
    let cutoff: number | undefined
    return async () => {
      if (!isPolicyAsked && policy !== "cutoff") await ledger.beginEnforcement({ ...step, kind: policy })
      isPolicyAsked = true
      cutoff ??= await ledger.beginEnforcement({ ...step, kind: "cutoff" })
      // An operator may have restored the run while the ledger was not to be had.
      if (egress.cutState !== undefined)
        await ledger.updateRunAsSeen({ slug, status: "running", launcher: "any" }, { status: "cut" })
      await ledger.finishEnforcement(cutoff, { outcome: "done" })
    }
  }

  return {
    settled({ crossed, governing }) {
      if (governing === undefined) return
      if (crossed.includes(100)) return exhausted(governing)
      const percent = crossed.at(-1)
      if (percent === undefined || percent === 100) return
      report({ kind: "warning", percent, budget: stateOf(governing, undefined) })
    },
    refused(governing, request) {
      if (governing.reservedTokens === 0) exhausted(governing, request)
    },
    streaming(governing, charged) {
      const usedTokens = governing.usedTokens + charged
      if (usedTokens > governing.limitTokens) exhausted({ ...governing, usedTokens })
    },
  }
}

function stateOf(governing: GoverningBudget, request: WeighedRequest | undefined): BudgetState {
  const { provider, scope, limitTokens, usedTokens, reservedTokens, window, isCeiling } = governing
  const requestAmount = amountOf(provider, request)
  return { provider, scope, limitTokens, usedTokens, reservedTokens, requestAmount, window, isCeiling }
}
