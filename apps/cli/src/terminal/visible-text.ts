// Text of an agent's, for review: every character that a terminal would obey, or that a reader
// would not see, stands there by its number. Nothing is left out: what is hidden is what a
// review is for.

/** Controls but the tab, and what only directs how other text is shown. */
const UNSEEN = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** One line; a line feed in it is shown as well. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (char) => `<${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, "0")}>`)
}
