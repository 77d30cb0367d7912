// The ledger's part that knows the limits operators set, and where every limit stands.

import type { BudgetLimit, ProviderName, RunBudgets, Scope } from "@bot-bottle/contracts"

export interface BudgetsLedger {
  /** Operator-set limits. */
  setBudget(limit: Omit<BudgetLimit, "source">, by: Actor): Promise<void>
  /** False when no operator-set limit was there. */
  unsetBudget(scope: Scope, provider: ProviderName, by: Actor): Promise<boolean>
  listBudgets(): Promise<readonly BudgetLimit[]>
  /** Starts the `total` window again from zero. */
  resetBudget(which: BudgetReset, by: Actor): Promise<void>
  /** The budget that governs this run's requests to `provider` now; undefined when nothing limits it. */
  governingBudget(budgets: RunBudgets, provider: ProviderName): Promise<GoverningBudget | undefined>
  /** Where each of these limits stands now, in the same order, whether or not it governs anything. */
  measureLimits(limits: readonly BudgetLimit[]): Promise<readonly GoverningBudget[]>
}

/** The person or process that asked, for the audit trail. */
export interface Actor {
  readonly actor: string
}

export interface BudgetReset {
  /** Every scope when undefined. */
  readonly scope: Scope | undefined
  /** Every provider when undefined. */
  readonly provider: ProviderName | undefined
}

export interface GoverningBudget extends BudgetLimit {
  /** Spent in the current window, reservations not included. */
  readonly usedTokens: number
  readonly reservedTokens: number
  /** True when a ceiling of settings.yml, not the nearest budget, is what binds. */
  readonly isCeiling: boolean
}
