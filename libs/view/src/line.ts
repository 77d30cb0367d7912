// A screen before it is painted: lines of spans, each with a role instead of a color. The
// functions here keep the one promise every screen makes: no line is wider than its screen.

import { cellsOf, cut } from "./text.ts"

/** The purpose of a text. The palette turns it into a color, or into nothing at all. */
export type Role =
  | "text"
  | "dim"
  | "accent"
  | "warn"
  | "bad"
  | "ok"
  | "cold"
  | "spark"
  | "reserved"
  | "track"
  | "line"
  | `label:${string}`

export interface Span {
  readonly text: string
  readonly role: Role
  readonly bold?: true
}

export interface Line {
  readonly spans: readonly Span[]
  readonly selected?: true
  /** Behind a dialog: everything in one grey. */
  readonly faded?: true
}

/** A place that answers to the mouse. Columns from, and up to but without. */
export interface Spot {
  readonly row: number
  readonly from: number
  readonly to: number
  readonly does: { readonly kind: "select"; readonly id: string } | { readonly kind: "key"; readonly key: string }
}

export interface Screen {
  readonly lines: readonly Line[]
  readonly spots: readonly Spot[]
  /** How far the list of the page can be scrolled. */
  readonly maxScroll: number
}

export const BLANK: Line = { spans: [] }

export function span(text: string, role: Role = "text"): Span {
  return { text, role }
}

export function bold(text: string, role: Role = "text"): Span {
  return { text, role, bold: true }
}

export function line(...spans: readonly Span[]): Line {
  return { spans }
}

export function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + cellsOf(text), 0)
}

/** No wider than `width`; the last span that fits is cut with the ellipsis. */
export function fit(given: Line, width: number, ellipsis: string): Line {
  if (widthOf(given.spans) <= width) return given
  const spans: Span[] = []
  let used = 0
  for (const each of given.spans) {
    const cells = cellsOf(each.text)
    if (used + cells <= width) {
      spans.push(each)
      used += cells
      continue
    }
    const text = cut(each.text, width - used, ellipsis)
    if (text !== "") spans.push({ ...each, text })
    break
  }
  return { ...given, spans }
}

/** `left` from the left edge, `right` up to the right one; `left` gives way. */
export function spread(left: readonly Span[], right: readonly Span[], width: number, ellipsis: string): Line {
  const room = width - widthOf(right)
  if (room < 0) return fit({ spans: right }, width, ellipsis)
  const kept = fit({ spans: left }, Math.max(0, room - 1), ellipsis).spans
  return { spans: [...kept, span(" ".repeat(room - widthOf(kept))), ...right] }
}

/** Exactly `rows` lines, none wider than `columns`. */
export function exactly(
  lines: readonly Line[],
  { rows, columns }: { rows: number; columns: number },
  ellipsis: string,
) {
  const shown = lines.slice(0, rows).map((each) => fit(each, columns, ellipsis))
  while (shown.length < rows) shown.push(BLANK)
  return shown
}

export function textOf({ spans }: Line): string {
  return spans.map(({ text }) => text).join("")
}
