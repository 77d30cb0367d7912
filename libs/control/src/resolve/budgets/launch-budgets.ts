// The budgets that govern a launch, before it starts: for the preflight, and to refuse a launch
// that could not send a single request.

import { describeRaise, formatScope } from "@bot-bottle/budget"
import {
  type BudgetLimit,
  formatShare,
  OperatorProblem,
  type ProviderName,
  type RunBudgets,
  USD,
} from "@bot-bottle/contracts"
import type { BudgetsLedger, GoverningBudget, Ledger } from "@bot-bottle/ledger"
import type { Provider } from "@bot-bottle/providers"

/** By each provider that the run meters; and by `usd` where money is limited. */
export type LaunchBudgets = ReadonlyMap<ProviderName, GoverningBudget | undefined>

export async function loadLaunchBudgets(
  ledger: Ledger,
  budgets: RunBudgets,
  meters: readonly ProviderName[],
): Promise<LaunchBudgets> {
  const found = await Promise.all(
    meters.map(async (name) => [name, await ledger.governingBudget(budgets, name)] as const),
  )
  const money = meters.length === 0 ? undefined : await ledger.governingBudget(budgets, USD)
  return new Map(money === undefined ? found : [...found, [USD, money]])
}

/** As `governing` would be once these limits of the run were set. */
export async function withNewLimits(
  ledger: BudgetsLedger,
  { ceilings }: RunBudgets,
  governing: LaunchBudgets,
  newLimits: readonly Omit<BudgetLimit, "source">[],
): Promise<LaunchBudgets> {
  const changed = newLimits.map(async (limit) => {
    // The run's own limit is the nearest; only a ceiling may bind before it.
    const above = ceilings.filter(({ provider }) => provider === limit.provider)
    const [own, ...rest] = await ledger.measureLimits([{ ...limit, source: "operator" }, ...above])
    const standings = [own, ...rest.map((one) => ({ ...one, isCeiling: true }))].filter((one) => one !== undefined)
    return [limit.provider, standings.reduce((least, one) => (leftOf(one) < leftOf(least) ? one : least))] as const
  })
  return new Map([...governing, ...(await Promise.all(changed))])
}

function leftOf({ limitTokens, usedTokens, reservedTokens }: GoverningBudget): number {
  return limitTokens - usedTokens - reservedTokens
}

/** Throws OperatorProblem when no metered provider has anything left, or no money is. */
export function checkBudgetsLeft(governing: LaunchBudgets, harness: Harness): void {
  const providers = [...governing.keys()].filter((name) => name !== USD)
  const isGone = (name: ProviderName) => {
    const budget = governing.get(name)
    return budget !== undefined && budget.usedTokens >= budget.limitTokens
  }
  const [gone] = isGone(USD) ? [USD] : providers.every(isGone) ? providers : []
  const spent = gone === undefined ? undefined : governing.get(gone)
  if (spent === undefined) return
  const { provider, scope, limitTokens, usedTokens } = spent
  throw new OperatorProblem(
    `no budget left: ${formatScope(scope)} has used ${formatShare(provider, usedTokens, limitTokens)}`,
    { hint: hintForSpent(spent, harness) },
  )
}

/** Undefined: not known, as for a program of the operator's. */
export type Harness = Pick<Provider, "firstRequestTokens"> | undefined

/** The amount in it is one with which the harness can begin. */
export function hintForSpent(spent: GoverningBudget, harness: Harness): string {
  const { scope, provider, isCeiling } = spent
  // A run that has no slug yet can only be given more by its flag.
  if (scope.kind === "run" && scope.key === "")
    return provider === USD ? "give --budget more dollars" : "give --budget more tokens"
  const requestAmount = provider === USD ? 0 : (harness?.firstRequestTokens ?? 0)
  const raise = describeRaise({ ...spent, requestAmount })
  if (isCeiling) return raise
  if (scope.kind === "run") return `raise it: ${raise}`
  return `raise it: ${raise}; or reset the counter: bot-bottle budget reset ${formatScope(scope)} ${provider}`
}
