// How far the run has come, for the status line of the agent's own screen. The agent may know it:
// a refusal says the same.

import { type RunBudgets, type Slug, USD } from "@bot-bottle/contracts"
import type { BudgetsLedger, UsageLedger } from "@bot-bottle/ledger"

export interface StatusOptions {
  readonly slug: Slug
  readonly budgets: () => RunBudgets
  /** The provider whose tokens the run is about; undefined when it meters none. */
  readonly provider: () => string | undefined
  readonly ledger: Pick<BudgetsLedger, "governingBudget"> & Pick<UsageLedger, "usage">
  readonly denied: () => number
}

export function createStatusText({ slug, budgets, provider, ledger, denied }: StatusOptions): () => Promise<string> {
  return async () => {
    const name = provider()
    const governing =
      (name === undefined ? undefined : await ledger.governingBudget(budgets(), name)) ??
      (await ledger.governingBudget(budgets(), USD))
    const [usage] = await ledger.usage({ by: "run", slug })
    // Loaded when it is first asked for: the proxy's start is the longest step of a launch.
    const { statusLine } = await import("@bot-bottle/view")
    const budget =
      governing === undefined
        ? undefined
        : { provider: governing.provider, limit: governing.limitTokens, used: governing.usedTokens }
    return statusLine({ budget, chargedTokens: usage?.chargedTokens ?? 0, denied: denied() })
  }
}
