// Which limits bind a run's requests to one provider.
//
//   INV-31  The nearest scope that defines a limit governs, however tight a farther one is;
//           a ceiling binds as well, whatever the nearest scope says.
//
// "Nearest" is the order of the chain. Within one scope the strongest source wins: what the
// operator set over a launch's flag, the flag over a manifest or settings.yml.

import { type BudgetLimit, LIMIT_SOURCES, type ProviderName, type Scope } from "@bot-bottle/contracts"

export interface LimitSearch {
  readonly provider: ProviderName
  /** Nearest first. */
  readonly chain: readonly Scope[]
  /** Every limit that is known, of any scope and any provider. */
  readonly limits: readonly BudgetLimit[]
  readonly ceilings: readonly BudgetLimit[]
}

export interface BindingLimit {
  readonly limit: BudgetLimit
  readonly isCeiling: boolean
}

/** A limit and where its scope stands in its window now. */
export interface LimitStanding extends BindingLimit {
  readonly usedTokens: number
  readonly reservedTokens: number
  /** Of a limit that several hosts share: what this host may still take without asking. */
  readonly blockLeftTokens?: number
}

/** The nearest scope's limit, if any scope defines one, then every ceiling. Empty means unlimited. */
export function findBindingLimits(search: LimitSearch): readonly BindingLimit[] {
  const nearest = findNearestLimit(search)
  const ceilings = search.ceilings.filter((ceiling) => ceiling.provider === search.provider)
  return [
    ...(nearest ? [{ limit: nearest, isCeiling: false }] : []),
    ...ceilings.map((limit) => ({ limit, isCeiling: true })),
  ]
}

/**
 * When several limits bind, the one with the least left; when those are equal, the first. Tokens and money are compared by
 * the share that is left.
 */
export function findTightest(standings: readonly LimitStanding[]): LimitStanding | undefined {
  return standings.reduce<LimitStanding | undefined>(
    (tightest, standing) => (tightest && !isTighter(standing, tightest) ? tightest : standing),
    undefined,
  )
}

function isTighter(a: LimitStanding, b: LimitStanding): boolean {
  if (a.limit.provider === b.limit.provider) return leftTokens(a) < leftTokens(b)
  return shareLeft(a) < shareLeft(b)
}

function shareLeft(standing: LimitStanding): number {
  return leftTokens(standing) / Math.max(1, standing.limit.limitTokens)
}

/** Tokens, or micro-dollars, that no request has spent or reserved. Negative when the limit is overdrawn. */
export function leftTokens({ limit, usedTokens, reservedTokens, blockLeftTokens = Infinity }: LimitStanding): number {
  return Math.min(limit.limitTokens - usedTokens - reservedTokens, blockLeftTokens)
}

export function isSameScope(a: Scope, b: Scope): boolean {
  return a.kind === b.kind && a.key === b.key
}

function findNearestLimit({ provider, chain, limits }: LimitSearch): BudgetLimit | undefined {
  for (const scope of chain) {
    const defined = limits.filter((limit) => limit.provider === provider && isSameScope(limit.scope, scope))
    if (defined.length > 0) return defined.reduce(stronger)
  }
  return undefined
}

function stronger(a: BudgetLimit, b: BudgetLimit): BudgetLimit {
  return LIMIT_SOURCES.indexOf(b.source) < LIMIT_SOURCES.indexOf(a.source) ? b : a
}
