// Budgets that are too small for the harness to begin: known before the start, so said before it.
//
// Pure. Only what the harness itself sends is counted; the prompt and the folder come on top, so a
// budget that is not named here may be too small as well.

import type { ProviderName } from "@bot-bottle/contracts"
import type { Provider } from "@bot-bottle/providers"
import type { LaunchBudgets } from "./launch-budgets.ts"

export interface SmallBudget {
  readonly provider: ProviderName
  readonly leftTokens: number
  /** The least that the harness's first request takes. */
  readonly neededTokens: number
}

export function findSmallBudgets(
  { meters, firstRequestTokens }: Pick<Provider, "meters" | "firstRequestTokens">,
  governing: LaunchBudgets,
): readonly SmallBudget[] {
  const [provider] = meters
  const budget = provider === undefined ? undefined : governing.get(provider)
  if (provider === undefined || budget === undefined || firstRequestTokens === undefined) return []
  const leftTokens = Math.max(0, budget.limitTokens - budget.usedTokens - budget.reservedTokens)
  return leftTokens < firstRequestTokens ? [{ provider, leftTokens, neededTokens: firstRequestTokens }] : []
}
