// Which of Claude's tokenizers a model has, by its name.
//
// Claude Opus 4.7 brought one that makes up to half as many tokens again of the same text.
// Anything not known to be earlier is taken to have it.

const EARLIER_MODEL = /^claude-(?:3|(?:opus|sonnet|haiku)-4(?:-[0-6])?(?:-\d{8}|-latest)?$)/

/** Tokens of the newer tokenizer for one token of the earlier one, where only that can be estimated. */
const NEWER_TOKENS = 1.35

export function hasEarlierTokenizer(model: string): boolean {
  return EARLIER_MODEL.test(model)
}

/** For estimates made in tokens of the earlier one. */
export function tokenScale(model: string): number {
  return hasEarlierTokenizer(model) ? 1 : NEWER_TOKENS
}
