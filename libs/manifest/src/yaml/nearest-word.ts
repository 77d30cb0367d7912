// Finds the word a person meant: "did you mean 'budget'?".

/** The candidate closest to `word`, when it is close enough to be meant. */
export function findNearestWord(word: string, candidates: readonly string[]): string | undefined {
  const typed = fold(word.slice(0, 64))
  const most = Math.max(1, Math.floor(typed.length / 3))
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(typed, fold(candidate)) }))
    .filter(({ candidate, distance }) => distance <= most && distance < candidate.length)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate
}

/** `; did you mean 'budget'?`, else `; valid here: a, b`. Empty when there is nothing to offer. */
export function suggestWord(word: string, candidates: readonly string[]): string {
  const nearest = findNearestWord(word, candidates)
  if (nearest !== undefined) return `; did you mean '${nearest}'?`
  return candidates.length === 0 ? "" : `; valid here: ${candidates.join(", ")}`
}

/** Case and the choice between `-` and `_` are never what a person meant to change. */
function fold(word: string): string {
  return word.toLowerCase().replaceAll("-", "_")
}

/** Insertions, deletions, replacements and swapped neighbours count one each. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    rows.push(current)
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(row - 1, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const swapped =
        a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? at(row - 2, column - 2) + 1
          : Number.POSITIVE_INFINITY
      current.push(Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, replaced, swapped))
    }
  }
  return at(a.length, b.length)
}
