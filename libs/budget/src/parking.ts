// Decides when a parked run is resumed: at its provider's reset, but not in the operator's quiet
// hours. Pure; local time is that of a zone's offset.

import type { ZoneOffset } from "./zone.ts"

/** Minutes since midnight. The end may be before the start: then it is the next day's. */
export interface QuietHours {
  readonly fromMinutes: number
  readonly toMinutes: number
}

const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60
/** Clocks jump by no more than a day. */
const SEARCH_MINUTES = 2 * DAY_MINUTES

/**
 * `23:00-07:00`. Undefined for another text. The same time twice would be no hour or all of them, and is refused.
 */
export function parseQuietHours(text: string): QuietHours | undefined {
  const read = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text)
  if (read === null) return undefined
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = read.slice(1).map(Number)
  const hours = { fromMinutes: fromHour * 60 + fromMinute, toMinutes: toHour * 60 + toMinute }
  return hours.fromMinutes === hours.toMinutes ? undefined : hours
}

/** The first instant at or after the reset that lies outside the quiet hours. */
export function decideResumeAtMs(untilMs: number, quiet: QuietHours | undefined, offset: ZoneOffset): number {
  if (quiet === undefined || !isQuiet(untilMs, quiet, offset)) return untilMs
  // By whole minutes: what the clock shows decides, also when it jumps over the end or shows it twice.
  const start = Math.floor(untilMs / MINUTE_MS) + 1
  for (let minute = start; minute <= start + SEARCH_MINUTES; minute++) {
    if (!isQuiet(minute * MINUTE_MS, quiet, offset)) return minute * MINUTE_MS
  }
  return untilMs
}

export function isQuiet(atMs: number, { fromMinutes, toMinutes }: QuietHours, offset: ZoneOffset): boolean {
  const local = Math.floor((atMs + offset(atMs)) / MINUTE_MS)
  const now = ((local % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES
  return fromMinutes < toMinutes ? now >= fromMinutes && now < toMinutes : now >= fromMinutes || now < toMinutes
}

/** Shorter waits are the client's own: it honours `retry-after`, and a freeze costs more. */
const MIN_PARK_MS = 2 * MINUTE_MS

export type LimitDecision = { readonly outcome: "park"; readonly untilMs: number } | { readonly outcome: "refuse" }

/** Of windows that a refusal named as spent. A window without a time is nobody's to wait for. */
export function decideOnLimit(
  rule: "refuse" | "park",
  spent: readonly { readonly resetsAtMs?: number }[],
  nowMs: number,
): LimitDecision {
  const resets = spent.flatMap(({ resetsAtMs }) => (resetsAtMs === undefined ? [] : [resetsAtMs]))
  if (rule === "refuse" || resets.length === 0 || resets.length < spent.length) return { outcome: "refuse" }
  // Every one of them stands in the way.
  const untilMs = Math.max(...resets)
  return untilMs - nowMs < MIN_PARK_MS ? { outcome: "refuse" } : { outcome: "park", untilMs }
}
