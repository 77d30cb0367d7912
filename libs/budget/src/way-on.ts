// What an operator can do when a budget stopped a run, as one line to paste.
//
// Proxy and command line both say it, so it is worded once: the refusal the agent reads and
// the last words of the launcher never send the operator two ways.

import type { ProviderName, Scope, ShutdownPolicy, Slug } from "@bot-bottle/contracts"
import { formatScope } from "./parse-budget.ts"

/** What binds the run. */
export interface SpentLimit {
  readonly provider: ProviderName
  readonly scope: Scope
  readonly isCeiling?: boolean
}

/** How more tokens are given. */
export function describeRaise({ provider, scope, isCeiling }: SpentLimit): string {
  if (isCeiling === true) return `raise 'ceiling' for ${provider} in settings.yml`
  return `bot-bottle budget set ${formatScope(scope)} ${provider} <tokens>`
}

/** How more tokens are given, and how the run then goes on after what its policy did to it. */
export function describeWayOn(slug: Slug, policy: ShutdownPolicy, limit: SpentLimit): string {
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
      return `${describeRaise(limit)}, then start again`
  }
}
