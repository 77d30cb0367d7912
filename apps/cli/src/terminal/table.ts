// Tables for people. Columns are as wide as their cells, numbers align right, and nothing is
// wider than the terminal: long cells are cut with an ellipsis, then the least important
// columns leave. Machines use --json, which holds everything.

export interface Column {
  readonly title: string
  readonly align?: "left" | "right"
  /** Width in columns to which long cells may be cut. Absent: cells are never cut. */
  readonly minWidth?: number
  /** The column with the largest number leaves first when the table is too wide. Absent: it stays. */
  readonly dropOrder?: number
}

export interface Layout {
  /** Terminal columns; Infinity for a pipe or a file. */
  readonly width: number
}

type Cells = readonly (readonly string[])[]

const GAP = 2
const ELLIPSIS = "…"

/** Cells may carry color. The caller removes control characters of untrusted text. */
export function formatTable(columns: readonly Column[], rows: Cells, { width }: Layout): readonly string[] {
  const natural = columns.map(({ title }, index) =>
    Math.max(Bun.stringWidth(title), ...rows.map((row) => Bun.stringWidth(row[index] ?? ""))),
  )
  const shown = chooseColumns(columns, natural, width)
  const widths = fitWidths(
    shown.map((index) => ({ natural: natural[index] ?? 0, min: leastWidth(columns[index], natural[index] ?? 0) })),
    width,
  )
  const lines = [columns.map(({ title }) => title), ...rows]
  return lines.map((row) =>
    shown
      .map((index, position) => pad(row[index] ?? "", widths[position] ?? 0, columns[index]?.align ?? "left"))
      .join(" ".repeat(GAP))
      .trimEnd(),
  )
}

/** Indexes of the columns that fit when each is cut to its least width. */
function chooseColumns(columns: readonly Column[], natural: readonly number[], width: number): readonly number[] {
  const shown = columns.map((_, index) => index)
  while (total(shown.map((index) => leastWidth(columns[index], natural[index] ?? 0))) > width) {
    const droppable = shown.filter((index) => columns[index]?.dropOrder !== undefined)
    if (droppable.length === 0) break
    const first = droppable.reduce((a, b) => ((columns[b]?.dropOrder ?? 0) > (columns[a]?.dropOrder ?? 0) ? b : a))
    shown.splice(shown.indexOf(first), 1)
  }
  return shown
}

interface Span {
  readonly natural: number
  readonly min: number
}

/** Cuts the widest cuttable column, one step at a time, until the line fits or nothing can be cut. */
function fitWidths(spans: readonly Span[], width: number): readonly number[] {
  const widths = spans.map(({ natural }) => natural)
  while (total(widths) > width) {
    let widest = -1
    for (const [index, { min }] of spans.entries()) {
      const room = (widths[index] ?? 0) > min
      if (room && (widest < 0 || (widths[index] ?? 0) > (widths[widest] ?? 0))) widest = index
    }
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function leastWidth(column: Column | undefined, natural: number): number {
  if (column?.minWidth === undefined) return natural
  return Math.min(natural, Math.max(column.minWidth, Bun.stringWidth(column.title)))
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1)
}

function pad(cell: string, width: number, align: "left" | "right"): string {
  const fitted = Bun.stringWidth(cell) > width ? Bun.sliceAnsi(cell, 0, width, ELLIPSIS) : cell
  const room = " ".repeat(Math.max(0, width - Bun.stringWidth(fitted)))
  return align === "left" ? fitted + room : room + fitted
}
