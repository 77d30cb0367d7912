// One run's usage against its budget, in a few words, for the status line inside an agent. In the
// words and the numbers of the dashboard.

import type { BudgetRow } from "@bot-bottle/contracts"
import { counted, shortCount } from "./text.ts"

export interface StatusFacts {
  /** The governing budget; undefined when nothing limits the run. */
  readonly budget: Pick<BudgetRow, "limit" | "used"> | undefined
  readonly chargedTokens: number
  /** Refused by the egress policy or by the budget. */
  readonly denied: number
}

export function statusLine({ budget, chargedTokens, denied }: StatusFacts): string {
  const used =
    budget === undefined || budget.limit === null
      ? `${shortCount(chargedTokens)} tokens`
      : `${shortCount(budget.used)} of ${shortCount(budget.limit)} tokens, ${shortCount(budget.limit - budget.used)} left`
  return denied === 0 ? used : `${used} · ${counted(denied, "refusal")}`
}
