// Budgets and what happens at their end: the same keys in an agent, a bottle and settings.yml.

import { parseLimit } from "@bot-bottle/budget"
import {
  formatCounted,
  formatUsd,
  type ProviderName,
  SHUTDOWN_POLICIES,
  type ShutdownPolicy,
  USD,
} from "@bot-bottle/contracts"
import { quoted } from "../problem.ts"
import { describeNode, type Entries, entries, oneOf, type Reader, reject } from "../yaml/fields.ts"
import { suggestWord } from "../yaml/nearest-word.ts"

/** Providers that come with bot-bottle and are metered. A plugin adds its folder's name. */
export const METERED_PROVIDERS = ["claude", "codex", "pi"] as const
/** Runs any program; what it meters are other providers, so no budget is keyed by it. */
export const COMMAND_TEMPLATE = "command"

export const shutdown: Reader<ShutdownPolicy> = oneOf(SHUTDOWN_POLICIES)

/** Tokens by provider, and micro-dollars by `usd`. A misspelt provider would be a budget that never binds. */
export function budgetFor(providers: readonly ProviderName[]): Reader<Entries<number>> {
  const tokens = limitOf("tokens", "must be a whole number of tokens, 0 or more")
  const dollars = limitOf(USD, "must be a number of dollars, 0 or more, such as 5 or 0.25")
  return entries(
    (key) => findProviderProblem(key, [...providers, USD]),
    (node, place, key) => (key === USD ? dollars : tokens)(node, place),
  )
}

export function describeBudgetLimit(name: ProviderName, amount: number): string {
  return name === USD ? formatUsd(amount) : formatCounted(amount, "token")
}

export function findProviderProblem(name: string, providers: readonly ProviderName[]): string | undefined {
  if (providers.includes(name)) return undefined
  if (name === COMMAND_TEMPLATE) return "'command' is not metered itself; name the provider whose tokens count"
  return `unknown provider ${quoted(name)}${suggestWord(name, providers)}`
}

function limitOf(name: string, must: string): Reader<number> {
  return (node, place) => {
    const count = node.kind === "scalar" ? parseLimit(name, node.value) : undefined
    if (count?.outcome === "parsed") return count.tokens
    return reject(node, place, `${must}, not ${describeNode(node)}`)
  }
}
