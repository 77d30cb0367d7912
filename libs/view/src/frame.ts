// The inputs of every page: the view, the operator's choices, the time and the size.

import type { Glyphs } from "./glyphs.ts"
import type { HostView } from "./host-view.ts"
import type { Binding } from "./keys/keys.ts"
import type { Line, Spot } from "./line.ts"
import type { ScreenState } from "./state.ts"

export interface Size {
  readonly columns: number
  readonly rows: number
}

export interface Frame extends Size {
  readonly view: HostView
  readonly state: ScreenState
  readonly bindings: readonly Binding[]
  readonly nowMs: number
  /** The offset of local time from UTC. */
  readonly zoneOffsetMs: number
  readonly glyphs: Glyphs
}

/** A part of the page: its lines, and the places in it that the mouse reaches, rows from its own top. */
export interface Part {
  readonly lines: readonly Line[]
  readonly spots: readonly Spot[]
  /** How far its list can be scrolled: 0 when all of it is shown. */
  readonly maxScroll: number
}

export function part(lines: readonly Line[], spots: readonly Spot[] = []): Part {
  return { lines, spots, maxScroll: 0 }
}

/** The rows of a longer list that a page has room for. */
export function scrolled(lines: readonly Line[], rows: number, scroll: number): Part {
  const maxScroll = Math.max(0, lines.length - rows)
  const from = Math.min(scroll, maxScroll)
  return { lines: lines.slice(from, from + rows), spots: [], maxScroll }
}

/** One below the other. */
export function stack(...parts: readonly Part[]): Part {
  const lines: Line[] = []
  const spots: Spot[] = []
  for (const each of parts) {
    spots.push(...each.spots.map((spot) => ({ ...spot, row: spot.row + lines.length })))
    lines.push(...each.lines)
  }
  return { lines, spots, maxScroll: Math.max(0, ...parts.map(({ maxScroll }) => maxScroll)) }
}

export function isWide({ columns }: Size): boolean {
  return columns >= 110
}

/** Room for blank lines between the parts. */
export function isTall({ rows, columns }: Size): boolean {
  return rows >= 30 && columns >= 100
}
