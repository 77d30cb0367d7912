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
  readonly isCeiling?: boolean
}

/** A command that can be pasted as it stands: it doubles the limit, or gives a first one of 1M tokens or 5 dollars. */
export function describeRaise({ provider, scope, limitTokens, isCeiling }: SpentLimit): string {
  if (isCeiling === true) return `raise 'ceiling' for ${provider} in settings.yml`
  return `bot-bottle budget set ${formatScope(scope)} ${provider} ${doubled(provider, limitTokens)}`
}

function doubled(provider: ProviderName, limitTokens: number): string {
  const first = provider === USD ? FIRST_MICRO_USD : FIRST_TOKENS
  return formatLimit(provider, limitTokens === 0 ? first : Math.min(2 * limitTokens, MAX_TOKENS))
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
      if (limit.scope.kind === "run")
        return `start again with --budget ${limit.provider}=${doubled(limit.provider, limit.limitTokens)}`
      return `${describeRaise(limit)}, then start again`
  }
}
