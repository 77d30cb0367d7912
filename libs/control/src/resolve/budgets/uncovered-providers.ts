// Providers that nothing limits, on a host whose operator has limited another provider: a limit
// counts one provider's tokens, so another agent would spend past it unseen. Pure.

import { type BudgetLimit, type ProviderName, USD } from "@bot-bottle/contracts"
import type { LaunchBudgets } from "./launch-budgets.ts"

export interface UncoveredProvider {
  readonly provider: ProviderName
  /** The host's limit that does not count it. */
  readonly limit: Pick<BudgetLimit, "provider" | "limitTokens" | "window">
}

/** A limit of money counts every provider. */
export function findUncoveredProviders(
  governing: LaunchBudgets,
  limits: readonly BudgetLimit[],
): readonly UncoveredProvider[] {
  const limit = limits.find(({ scope, provider }) => scope.kind === "host" && provider !== USD)
  if (limit === undefined || governing.get(USD) !== undefined) return []
  return [...governing].flatMap(([provider, budget]) => (budget === undefined ? [{ provider, limit }] : []))
}
