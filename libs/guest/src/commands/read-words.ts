// Reads the words and flags after the verb of a bottle's command: `ask` and `forge` take them alike. Pure.

export type WordsRead =
  | {
      readonly outcome: "read"
      readonly positional: readonly string[]
      /** Every value of each flag, in order. `--json` is not among them. */
      readonly flags: ReadonlyMap<string, readonly string[]>
      readonly isJson: boolean
    }
  | { readonly outcome: "usage"; readonly problem: string }

/** `flags`: those that the verb has. Each takes a value. */
export function readWords(verb: string, words: readonly string[], flags: readonly string[]): WordsRead {
  const given = new Map<string, readonly string[]>()
  const positional: string[] = []
  let isJson = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ""
    if (word === "--json") isJson = true
    else if (word.startsWith("--")) {
      const flag = word.slice(2)
      const value = words[++i]
      if (!flags.includes(flag)) return { outcome: "usage", problem: `'${verb}' has no flag '${word}'` }
      if (value === undefined) return { outcome: "usage", problem: `'${word}' needs a value` }
      given.set(flag, [...(given.get(flag) ?? []), value])
    } else positional.push(word)
  }
  return { outcome: "read", positional, flags: given, isJson }
}
