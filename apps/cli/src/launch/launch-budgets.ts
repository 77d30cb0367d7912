// What governs a launch before it starts, so that the preflight can say it and a launch that
// could not send a single request is refused instead.

import { describeRaise, formatScope } from "@bot-bottle/budget"
import { OperatorProblem, type ProviderName, type RunBudgets } from "@bot-bottle/contracts"
import type { GoverningBudget, Ledger } from "@bot-bottle/ledger"
import { formatCount } from "../terminal/figures.ts"

export type LaunchBudgets = ReadonlyMap<ProviderName, GoverningBudget | undefined>

export async function loadLaunchBudgets(
  ledger: Ledger,
  budgets: RunBudgets,
  meters: readonly ProviderName[],
): Promise<LaunchBudgets> {
  const found = await Promise.all(
    meters.map(async (name) => [name, await ledger.governingBudget(budgets, name)] as const),
  )
  return new Map(found)
}

/** Throws OperatorProblem when no metered provider has anything left. */
export function checkBudgetsLeft(governing: LaunchBudgets): void {
  const gone = [...governing.values()].filter(
    (budget) => budget !== undefined && budget.usedTokens >= budget.limitTokens,
  )
  const [first] = gone
  if (first === undefined || gone.length < governing.size) return
  const { provider, scope, limitTokens, usedTokens } = first
  throw new OperatorProblem(
    `no budget left: ${formatScope(scope)} has used ${formatCount(usedTokens)} of ${formatCount(limitTokens)} ${provider} tokens`,
    { hint: hintForSpent(first) },
  )
}

export function hintForSpent(spent: GoverningBudget): string {
  const { scope, provider, isCeiling } = spent
  // A run that has no slug yet can only be given more by its flag.
  if (scope.kind === "run" && scope.key === "") return "give --budget more tokens"
  const raise = describeRaise(spent)
  if (isCeiling) return raise
  if (scope.kind === "run") return `raise it: ${raise}`
  return `raise it: ${raise}; or reset the counter: bot-bottle budget reset ${formatScope(scope)} ${provider}`
}
