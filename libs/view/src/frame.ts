// The inputs of every page: the view, the operator's choices, the time and the size.

import type { Glyphs } from "./glyphs.ts"
import type { HostView } from "./host-view.ts"
import type { Binding } from "./keys.ts"
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
}

export function part(lines: readonly Line[], spots: readonly Spot[] = []): Part {
  return { lines, spots }
}

/** One below the other. */
export function stack(...parts: readonly Part[]): Part {
  const lines: Line[] = []
  const spots: Spot[] = []
  for (const each of parts) {
    spots.push(...each.spots.map((spot) => ({ ...spot, row: spot.row + lines.length })))
    lines.push(...each.lines)
  }
  return { lines, spots }
}

export function isWide({ columns }: Size): boolean {
  return columns >= 110
}

/** Room for blank lines between the parts. */
export function isTall({ rows, columns }: Size): boolean {
  return rows >= 30 && columns >= 100
}
