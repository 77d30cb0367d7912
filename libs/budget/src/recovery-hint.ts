// A hint for the operator of a run that a budget stopped, as one line to paste.
//
// Proxy and command line both say it, so it is worded once: the refusal the agent reads and
// the last words of the launcher never send the operator two ways.

import { type ProviderName, type Scope, type ShutdownPolicy, type Slug, USD } from "@bot-bottle/contracts"
import { MAX_TOKENS } from "./charge.ts"
import { formatLimit, formatScope } from "./parse-budget.ts"

/** The budget that binds the run. */
export interface SpentLimit {
  readonly provider: ProviderName
  readonly scope: Scope
  readonly limitTokens: number
  readonly usedTokens: number
  /** Of requests that are still open. */
  readonly reservedTokens: number
  /** The most that the refused request may cost, in the limit's unit; 0 where none was weighed. */
  readonly requestAmount: number
  readonly isCeiling?: boolean
}

/** A command that can be pasted as it stands: with the limit that it sets, the refused request fits, and another one. */
export function describeRaise(limit: SpentLimit): string {
  const { provider, scope, isCeiling } = limit
  if (isCeiling === true) return `raise 'ceiling' for ${provider} in settings.yml`
  return `bot-bottle budget set ${formatScope(scope)} ${provider} ${raised(limit)}`
}

/** At least twice the limit; a first one is 1M tokens or 5 dollars. */
function raised({ provider, limitTokens, usedTokens, reservedTokens, requestAmount }: SpentLimit): string {
  const least = limitTokens === 0 ? (provider === USD ? FIRST_MICRO_USD : FIRST_TOKENS) : 2 * limitTokens
  const taken = usedTokens + reservedTokens
  const needed = requestAmount > 0 ? taken + 2 * requestAmount : taken >= least ? taken + limitTokens : 0
  return formatLimit(provider, Math.min(needed > least ? roundedUp(needed) : least, MAX_TOKENS))
}

/** To two digits, as a person would type it. */
function roundedUp(amount: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(amount)) - 1)
  return Math.ceil(amount / unit) * unit
}

const FIRST_TOKENS = 1_000_000
const FIRST_MICRO_USD = 5_000_000

/** The command that grants more tokens, and the one that continues the run after its policy's action. */
export function describeRecovery(slug: Slug, policy: ShutdownPolicy, limit: SpentLimit): string {
  const join = limit.isCeiling === true ? ", then " : " && "
  switch (policy) {
    case "cutoff":
      // A running proxy keeps the ceilings it started with.
      if (limit.isCeiling === true)
        return `${describeRaise(limit)}${join}bot-bottle freeze ${slug} && bot-bottle resume ${slug}`
      return `${describeRaise(limit)}${join}bot-bottle restore ${slug}`
    case "freeze":
      return `${describeRaise(limit)}${join}bot-bottle resume ${slug}`
    case "kill":
      // A new run has a new name, so the dead run's own limit is of no use to it.
      if (limit.scope.kind === "run") return `start again with --budget ${limit.provider}=${raised(limit)}`
      return `${describeRaise(limit)}, then start again`
  }
}
