// The bracket that a YAML text opens and does not close before an offset: the parser stumbles on a
// later line, and the operator has to look at this one. Pure.

export interface OpenBracket {
  readonly offset: number
  readonly char: "[" | "{"
}

/** Quotes and comments hold no brackets. */
export function findOpenBracket(text: string, end: number): OpenBracket | undefined {
  const open: OpenBracket[] = []
  let quote: string | undefined
  for (let at = 0; at < end; at += 1) {
    const char = text[at]
    if (quote !== undefined) {
      if (char === "\\" && quote === '"') at += 1
      else if (char === quote) quote = undefined
    } else if ((char === '"' || char === "'") && /[\s[{,:]/.test(text[at - 1] ?? "\n")) quote = char
    else if (char === "#" && /\s/.test(text[at - 1] ?? "\n")) at = lineEnd(text, at)
    else if (char === "[" || char === "{") open.push({ offset: at, char })
    else if (char === "]" || char === "}") open.pop()
  }
  return open.at(-1)
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from)
  return end < 0 ? text.length : end
}
