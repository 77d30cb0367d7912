// One run's usage against its budget, in a few words, for the status line inside an agent. In the
// words and the numbers of the dashboard.

import { type BudgetRow, USD } from "@bot-bottle/contracts"
import { counted, shortAmount, shortCount } from "./text.ts"

export interface StatusFacts {
  /** The governing budget; undefined when nothing limits the run. */
  readonly budget: Pick<BudgetRow, "provider" | "limit" | "used"> | undefined
  readonly chargedTokens: number
  /** Refused by the egress policy or by the budget. */
  readonly denied: number
}

export function statusLine({ budget, chargedTokens, denied }: StatusFacts): string {
  const used = budget === undefined ? undefined : describeUsed(budget)
  const words = used ?? `${shortCount(chargedTokens)} tokens`
  return denied === 0 ? words : `${words} · ${counted(denied, "refusal")}`
}

function describeUsed({ provider, limit, used }: NonNullable<StatusFacts["budget"]>): string | undefined {
  if (limit === null) return undefined
  const amount = (count: number) => shortAmount(provider, count)
  return `${amount(used)} of ${amount(limit)}${provider === USD ? "" : " tokens"}, ${amount(limit - used)} left`
}
