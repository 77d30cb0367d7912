// A command line that an operator wrote into a variable, as words: blanks separate, quotes and
// backslashes hold together. Nothing is expanded and no shell is asked.
//
// Pure.

export type CommandWords =
  | { readonly outcome: "words"; readonly words: readonly string[] }
  | { readonly outcome: "problem"; readonly why: string }

export function parseCommandWords(text: string): CommandWords {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? ""
    if (quote === undefined && /\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (quote === undefined && (char === "'" || char === '"')) {
      quote = char
      word ??= ""
    } else if (char === quote) {
      quote = undefined
    } else if (char === "\\" && quote !== "'") {
      at += 1
      if (at >= text.length) return { outcome: "problem", why: "it ends with a backslash" }
      word = (word ?? "") + (text[at] ?? "")
    } else {
      word = (word ?? "") + char
    }
  }
  if (quote !== undefined) return { outcome: "problem", why: `a ${quote} is not closed` }
  return { outcome: "words", words: word === undefined ? words : [...words, word] }
}
