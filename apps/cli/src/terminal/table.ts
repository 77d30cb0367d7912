// Tables for people: columns as wide as they must be, numbers to the right, no frame.

import { stripVTControlCharacters } from "node:util"

export interface Column {
  readonly title: string
  readonly align?: "left" | "right"
}

/** Cells may carry colour; they are measured without it. A cell's own control characters are the caller's to remove. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const titles = columns.map(({ title }) => title)
  const widths = columns.map((_, index) => Math.max(...[titles, ...rows].map((row) => widthOf(row[index] ?? ""))))
  return [titles, ...rows].map((row) =>
    columns
      .map(({ align }, index) => pad(row[index] ?? "", widths[index] ?? 0, align ?? "left"))
      .join("  ")
      .trimEnd(),
  )
}

function pad(cell: string, width: number, align: "left" | "right"): string {
  const room = " ".repeat(Math.max(0, width - widthOf(cell)))
  return align === "left" ? cell + room : room + cell
}

function widthOf(cell: string): number {
  return Bun.stringWidth(stripVTControlCharacters(cell))
}
