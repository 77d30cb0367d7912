// The tokens that a request sends again by naming the response that it continues.

import type { Usage } from "@bot-bottle/contracts"
import { totalOf } from "../openai-tokens/usage-object.ts"

/** Their estimate errs upwards: taken off in full, it would take off some of the conversation. */
const SURELY_REPEATED = 0.9

/** Without what it brings itself; `tokens` is all that the response was billed, or is taken to have been. */
export function chainTokensOf(tokens: number, repeatedTokens = 0): number {
  return Math.max(0, tokens - Math.floor(repeatedTokens * SURELY_REPEATED))
}

/** Undefined where nothing was billed: then there is nothing to continue. */
export function billedTokens(usage: Usage): number | undefined {
  const total = totalOf(usage)
  return total > 0 ? total : undefined
}
