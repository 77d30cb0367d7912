// One change to a manifest's text: a range replaced, everything else kept byte for byte, so
// that comments and layout stay as the operator wrote them. Pure.

export interface Splice {
  /** Offsets into the text. */
  readonly from: number
  readonly to: number
  readonly text: string
}

export interface LineChange {
  readonly sign: "+" | "-"
  /** In the old text for `-`, in the new one for `+`; the first line is 1. */
  readonly line: number
  readonly text: string
}

export function applySplice(text: string, { from, to, text: inserted }: Splice): string {
  return text.slice(0, from) + inserted + text.slice(to)
}

/** The lines that differ: one block, since a splice is one range. */
export function listChanges(before: string, after: string): readonly LineChange[] {
  const old = before.split("\n")
  const now = after.split("\n")
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1
  const block = (sign: "+" | "-", lines: readonly string[]) =>
    lines.slice(start, lines.length - end).map((text, index) => ({ sign, line: start + index + 1, text }))
  return [...block("-", old), ...block("+", now)]
}
