// A line as stretches of one style, as few as possible: each change of style costs some thirty
// bytes on the way to the terminal. A blank shows no ink, so it takes the style after it.

import { cellsOf, type Line, type Style, styleOf, type Theme } from "@bot-bottle/view"

export interface Stretch {
  readonly text: string
  readonly style: Style
  /** Where it begins. */
  readonly column: number
}

/** Covers exactly `columns` cells: a cell that nobody wrote has the library's own color. */
export function stretchesOf({ spans, faded }: Line, theme: Theme, columns: number): readonly Stretch[] {
  const stretches: Stretch[] = []
  let column = 0
  let next = 0
  let text = ""
  let blank = ""
  let style: Style | undefined
  for (const span of spans) {
    next += cellsOf(span.text)
    if (/^ *$/.test(span.text)) {
      blank += span.text
      continue
    }
    const wanted = styleOf(faded ? { text: "", role: "dim" } : span, theme)
    if (style !== undefined && !isSame(wanted, style)) {
      stretches.push({ text, style, column })
      column = next - cellsOf(span.text) - blank.length
      text = ""
    }
    text += blank + span.text
    blank = ""
    style = wanted
  }
  blank += " ".repeat(Math.max(0, columns - next))
  stretches.push({ text: text + blank, style: style ?? styleOf({ text: "", role: "text" }, theme), column })
  return stretches
}

function isSame(a: Style, b: Style): boolean {
  return a.color === b.color && a.isBold === b.isBold && a.isDim === b.isDim
}
