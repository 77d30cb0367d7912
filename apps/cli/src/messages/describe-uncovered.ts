// A provider that the operator's limit on this host does not count, in words.

import { formatLimit } from "@bot-bottle/budget"
import { quoteCommand } from "@bot-bottle/contracts"
import type { UncoveredProvider } from "@bot-bottle/control"

export function describeUncovered({ provider, limit }: UncoveredProvider): string {
  const set = ["bot-bottle", "budget", "set", "host", provider, formatLimit(limit.provider, limit.limitTokens)]
  const window = limit.window === "total" ? [] : ["--window", limit.window]
  return `nothing limits ${provider}: your limit on this host counts ${limit.provider} alone; to set one: ${quoteCommand([...set, ...window])}`
}
