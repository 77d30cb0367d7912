// Gauges and graphs in one row of cells.
//
// A gauge shows what is used, what open requests have reserved, and what is free. Its color says
// how near the end is, and the percentage beside it says the same without color.

import type { BudgetRow } from "@bot-bottle/contracts"
import type { Glyphs } from "./glyphs.ts"
import { type Line, type Role, type Span, span } from "./line.ts"

type Standing = Pick<BudgetRow, "limit" | "used" | "reserved">

const WARN_AT = 0.8
const BAD_AT = 0.95

/** A limit of zero is spent before anything was. */
export function shareOf({ limit, used }: Pick<Standing, "limit" | "used">): number {
  if (limit === null) return 0
  return limit <= 0 ? 1 : used / limit
}

export function isSpent({ limit, used }: Pick<Standing, "limit" | "used">): boolean {
  return limit !== null && used >= limit
}

/** Rounded down: 99.9 % is not all of it. */
export function percentOf(standing: Pick<Standing, "limit" | "used">): string {
  return `${Math.min(999, Math.floor(shareOf(standing) * 100))}%`
}

export function gaugeRole(share: number): Role {
  if (share >= BAD_AT) return "bad"
  return share >= WARN_AT ? "warn" : "accent"
}

export function gauge(standing: Standing, cells: number, glyphs: Glyphs): readonly Span[] {
  if (standing.limit === null) return [span(" ".repeat(cells))]
  const share = Math.min(1, shareOf(standing))
  const withOpen = Math.min(1, shareOf({ limit: standing.limit, used: standing.used + standing.reserved }))
  const role = gaugeRole(share)
  const halves = Math.floor(share * cells * 2 + 1e-9)
  const full = Math.floor(halves / 2)
  const half = halves % 2
  const reserved = Math.max(0, Math.min(cells, Math.round(withOpen * cells)) - full - half)
  const free = cells - full - half - reserved
  return [
    span(glyphs.used.repeat(full) + glyphs.half.repeat(half), role),
    span(glyphs.reserved.repeat(reserved), "reserved"),
    span(glyphs.free.repeat(free), "track"),
  ].filter(({ text }) => text !== "")
}

/** Square root, so that a quiet run is still seen beside a busy one; `top` is the scale of all rows. */
export function sparkline(values: readonly number[], top: number, glyphs: Glyphs): string {
  const levels = glyphs.levels.length - 1
  return values
    .map((value) => {
      if (value <= 0 || top <= 0) return " "
      const level = Math.ceil(Math.sqrt(Math.min(1, value / top)) * levels)
      return glyphs.levels[Math.max(0, level - 1)] ?? " "
    })
    .join("")
}

/** A graph of several rows, highest row first. */
export function graph(values: readonly number[], rows: number, glyphs: Glyphs): readonly Line[] {
  const steps = glyphs.levels.length
  const top = Math.max(...values, 1)
  const heights = values.map((value) => (value <= 0 ? 0 : Math.max(1, Math.round((value / top) * rows * steps))))
  return Array.from({ length: rows }, (_, row) => {
    const below = (rows - 1 - row) * steps
    const cells = heights.map((height) => {
      const part = Math.min(steps, height - below)
      return part <= 0 ? " " : (glyphs.levels[part - 1] ?? " ")
    })
    return { spans: [span(cells.join("").trimEnd(), "spark")] }
  })
}

export function plainBar(share: number, cells: number, glyphs: Glyphs): string {
  const halves = Math.max(share > 0 ? 1 : 0, Math.floor(share * cells * 2))
  return glyphs.used.repeat(Math.floor(halves / 2)) + glyphs.half.repeat(halves % 2)
}
