// A manifest as a table: each value, and the line of the file that says it. For `info`, and for the
// dashboard's page of a run.

import { sanitizeLine } from "@bot-bottle/contracts"
import type { ResolvedValue } from "@bot-bottle/manifest"
import { formatTable } from "./terminal/table.ts"

export interface Section {
  readonly kind: "agent" | "bottle" | "run"
  readonly name: string
  readonly values: readonly ResolvedValue[]
}

export interface SectionLayout {
  readonly width: number
  /** Left out: no bold titles. */
  readonly paint?: { bold(text: string): string }
}

export function describeSection(
  { kind, name, values }: Section,
  { paint = { bold: (text) => text }, width }: SectionLayout,
): readonly string[] {
  const shown = sanitizeLine(name)
  if (kind === "run" && values.length === 0)
    return [`${paint.bold(`run ${shown}`)}  nothing was approved while it ran`, ""]
  const title = `${kind} ${shown}`
  const columns = [
    { title: paint.bold(title), minWidth: 20 },
    { title: "VALUE", minWidth: 20 },
    { title: "FROM", minWidth: 14, dropOrder: 1 },
  ]
  return [
    ...formatTable(
      columns,
      values.map(({ key, value, origin }) => [`  ${sanitizeLine(key)}`, sanitizeLine(value), sanitizeLine(origin)]),
      { width },
    ),
    "",
  ]
}
