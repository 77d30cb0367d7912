// Tokens one provider call consumed, in one normal form for every provider.
//
// Integers only; never a price. `inputTokens` is the uncached part; `reasoningTokens` is
// part of `outputTokens` and only informs.

export interface Usage {
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
}

export const NO_USAGE: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
}
