// A budget that is too small for the harness to begin, in words.

import { formatCount } from "@bot-bottle/contracts"
import type { SmallBudget } from "@bot-bottle/control"

export function describeSmallBudget({ provider, leftTokens, neededTokens }: SmallBudget): string {
  return `the budget is too small: ${formatCount(leftTokens)} ${provider} tokens are left, and the first request alone takes about ${formatCount(neededTokens)}`
}
