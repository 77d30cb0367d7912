// The charge of one call's usage to its budgets: every token in full, except cached input, which
// charges a share of itself.
//
//   INV-31  A charge is a whole number, never rounded down. The share is computed in integers: 0.1 × 3 in
//           floats is 0.30000000000000004, and that is not a bill.

import type { Usage } from "@bot-bottle/contracts"

/** Sums stop here instead of losing their last digit. No honest ledger comes near it. */
export const MAX_TOKENS = Number.MAX_SAFE_INTEGER

/** A weight counts to nine decimals. */
const WEIGHT_UNIT = 1_000_000_000

/** `cacheReadWeight` is 0..1. Throws RangeError for a weight or count that no parser lets through. */
export function chargeTokens(usage: Usage, cacheReadWeight: number): number {
  if (!(cacheReadWeight >= 0 && cacheReadWeight <= 1))
    throw new RangeError(`Cache weight ${cacheReadWeight} is not 0..1`)
  const whole = [usage.inputTokens, usage.cacheWriteTokens, usage.outputTokens]
  return whole.reduce(addTokens, cachedShare(usage.cacheReadTokens, cacheReadWeight))
}

/** Adds two counts; stops at MAX_TOKENS. */
export function addTokens(a: number, b: number): number {
  return Math.min(tokenCount(a) + tokenCount(b), MAX_TOKENS)
}

function cachedShare(tokens: number, weight: number): number {
  const share = BigInt(tokenCount(tokens)) * BigInt(Math.round(weight * WEIGHT_UNIT))
  const unit = BigInt(WEIGHT_UNIT)
  return Number((share + unit - 1n) / unit)
}

function tokenCount(tokens: number): number {
  if (!Number.isSafeInteger(tokens) || tokens < 0) throw new RangeError(`Token count ${tokens} is not a whole number`)
  return tokens
}
