// Names with their values, for a page of the screen. A hash or a path is compared and copied whole:
// the part that does not fit continues below its beginning.

const NAMES = 18
const MIN_VALUE = 20

export function hangingLines(
  rows: readonly (readonly [name: string, value: string | undefined])[],
  columns: number,
): readonly string[] {
  const width = Math.max(MIN_VALUE, columns - NAMES)
  return rows.flatMap(([name, value = ""]) =>
    piecesOf(value, width).map((piece, index) => `${(index === 0 ? name : "").padEnd(NAMES)}${piece}`),
  )
}

function piecesOf(value: string, width: number): readonly string[] {
  const letters = [...value]
  return Array.from({ length: Math.ceil(letters.length / width) }, (_, index) =>
    letters.slice(index * width, (index + 1) * width).join(""),
  )
}
