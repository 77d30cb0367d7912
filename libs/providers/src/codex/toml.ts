// Writes TOML text values.

const SHORT: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r" }

/** A basic string on one line; every text a guest file can hold has one. */
export function tomlText(text: string): string {
  // A lone surrogate has no place in TOML, nor in UTF-8.
  return `"${text.toWellFormed().replace(/["\\\p{Cc}]/gu, (character) => SHORT[character] ?? escaped(character))}"`
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`
}
