// Reads from a model's name how to count for it: tokenizer, how large its prompt can get, and
// whether it thinks without showing it.
//
// A name that is not known is taken to be the dearer kind.

import type { TokenizerName } from "./count-tokens.ts"

export interface ModelFamily {
  readonly tokenizer: TokenizerName
  /** Tokens for each one counted; above 1 where the tokenizer is somebody else's. */
  readonly scale: number
  /** The most input one answer can be billed. */
  readonly windowTokens: number
  /** Bills output that no event shows. */
  readonly hidesReasoning: boolean
}

const OPENAI_MODEL = /^(?:ft:)?(?:gpt-|chatgpt-|codex-|o\d|text-embedding-|davinci|babbage|computer-use)/
const CL100K_MODEL = /^(?:ft:)?(?:gpt-4(?:-\d{4}|-turbo|-32k|-1106|-0125|-vision|$)|gpt-3\.5|text-embedding-)/
const REASONING_MODEL = /^(?:ft:)?(?:gpt-(?:[5-9]|\d\d)|codex-|o\d)/
/** Open weights from the same house: anyone may serve them, and their thinking is shown. */
const OPEN_MODEL = /^gpt-oss/
// As documented; the newest have about a million tokens, and so has, to be careful, what is not listed.
const WINDOWS = [
  [/^(?:ft:)?(?:gpt-4o|chatgpt-4o|gpt-4-|gpt-4$|gpt-3)/, 128_000],
  [/^(?:ft:)?(?:o\d|codex-mini|gpt-oss)/, 200_000],
  [/^(?:ft:)?gpt-5(?:\.[0-3])?(?:-|$)/, 400_000],
] as const
const LARGEST_WINDOW = 1_050_000
/** Tokens of other vocabularies for one token of this one: most have half as many pieces or fewer. */
const OTHER_TOKENS = 1.3

export function familyOf(model: string): ModelFamily {
  // Gateways put the maker first: `openai/gpt-5`.
  const name = model.slice(model.lastIndexOf("/") + 1)
  const isOpenAi = OPENAI_MODEL.test(name)
  return {
    tokenizer: CL100K_MODEL.test(name) ? "cl100k" : "o200k",
    scale: isOpenAi ? 1 : OTHER_TOKENS,
    windowTokens: WINDOWS.find(([pattern]) => pattern.test(name))?.[1] ?? LARGEST_WINDOW,
    hidesReasoning: isOpenAi && REASONING_MODEL.test(name) && !OPEN_MODEL.test(name),
  }
}
