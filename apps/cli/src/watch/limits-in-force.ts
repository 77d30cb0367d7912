// Which limits count requests of the runs that are live, and where each stands: what the
// operator set, what the runs were started with, what settings.yml says of the host.

import { isSameScope, windowStartMs } from "@bot-bottle/budget"
import { type BudgetLimit, type BudgetRow, HOST_SCOPE, LIMIT_SOURCES, type RunBudgets } from "@bot-bottle/contracts"
import type { BudgetsLedger, GoverningBudget } from "@bot-bottle/ledger"

export interface LimitPlaces {
  readonly operator: readonly BudgetLimit[]
  /** Of the live runs. */
  readonly runs: readonly RunBudgets[]
  readonly settings: { readonly limits: readonly BudgetLimit[]; readonly ceilings: readonly BudgetLimit[] }
  /** Providers that live runs meter: each has a row for the host, also without a limit. */
  readonly providers: readonly string[]
}

export async function measureInForce(
  ledger: Pick<BudgetsLedger, "measureLimits">,
  places: LimitPlaces,
  nowMs: number,
): Promise<readonly BudgetRow[]> {
  const { limits, ceilings, unlimited } = limitsInForce(places)
  const standings = await ledger.measureLimits([...limits, ...ceilings, ...unlimited])
  return standings.map((standing, index) => {
    const isCeiling = index >= limits.length && index < limits.length + ceilings.length
    const isUnlimited = index >= limits.length + ceilings.length
    return { ...budgetRow(standing, nowMs), is_ceiling: isCeiling, ...(isUnlimited ? { limit: null } : {}) }
  })
}

export function limitsInForce({ operator, runs, settings, providers }: LimitPlaces) {
  const declared = runs.flatMap((budgets) => budgets.declared)
  const limits = strongest([...operator, ...declared, ...settings.limits])
  const ceilings = unique([...settings.ceilings, ...runs.flatMap((budgets) => budgets.ceilings)])
  const known = new Set(
    [...limits, ...ceilings].filter(({ scope }) => scope.kind === "host").map(({ provider }) => provider),
  )
  const unlimited = providers
    .filter((provider) => !known.has(provider))
    .map(
      (provider): BudgetLimit => ({ scope: HOST_SCOPE, provider, limitTokens: 0, window: "total", source: "settings" }),
    )
  return { limits, ceilings, unlimited }
}

export function budgetRow(standing: GoverningBudget, nowMs: number): BudgetRow {
  const { scope, provider, limitTokens, usedTokens, reservedTokens, window, isCeiling } = standing
  return {
    scope: scope.kind,
    key: scope.key,
    provider,
    limit: limitTokens,
    used: usedTokens,
    reserved: reservedTokens,
    window,
    is_ceiling: isCeiling,
    resets_at: resetOf(window, nowMs),
  }
}

const HOUR_MS = 3_600_000
/** From the start of a window, surely inside the next one, also where clocks are changed. */
const INTO_NEXT_MS = { hour: 1.5 * HOUR_MS, day: 27 * HOUR_MS, week: 171 * HOUR_MS, month: 32 * 24 * HOUR_MS } as const

function resetOf(window: BudgetLimit["window"], nowMs: number): string | null {
  if (window === "total") return null
  const start = windowStartMs(window, nowMs, hostOffset)
  return new Date(windowStartMs(window, start + INTO_NEXT_MS[window], hostOffset)).toISOString()
}

function hostOffset(atMs: number): number {
  return -new Date(atMs).getTimezoneOffset() * 60_000
}

/** The one that counts for a scope and provider. */
function strongest(all: readonly BudgetLimit[]): readonly BudgetLimit[] {
  const kept: BudgetLimit[] = []
  for (const limit of all) {
    const at = kept.findIndex((other) => isSame(other, limit))
    const other = kept[at]
    if (other === undefined) kept.push(limit)
    else if (LIMIT_SOURCES.indexOf(limit.source) < LIMIT_SOURCES.indexOf(other.source)) kept[at] = limit
  }
  return kept
}

function unique(all: readonly BudgetLimit[]): readonly BudgetLimit[] {
  return all.filter((limit, index) => all.findIndex((other) => isSame(other, limit)) === index)
}

function isSame(a: BudgetLimit, b: BudgetLimit): boolean {
  return a.provider === b.provider && isSameScope(a.scope, b.scope)
}
