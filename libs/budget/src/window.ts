// When the current window of a budget began, on the local calendar.
//
// A day begins at the first instant that carries its date: not always midnight (clocks may
// jump over it), and not always 24 hours after the last one. Weeks begin on Monday. An hour
// is a real hour: the one that autumn repeats counts as two.

import type { Window } from "@bot-bottle/contracts"
import type { ZoneOffset } from "./zone.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** 1970-01-01 was a Thursday: three days after a Monday. */
const EPOCH_WEEKDAY = 3

export type CalendarWindow = Exclude<Window, "total">

/** The first instant of the window that `nowMs` lies in. Never later than `nowMs`. */
export function windowStartMs(window: CalendarWindow, nowMs: number, offset: ZoneOffset): number {
  const localMs = nowMs + offset(nowMs)
  const day = Math.floor(localMs / DAY_MS)
  switch (window) {
    case "hour":
      return nowMs - modulo(localMs, HOUR_MS)
    case "day":
      return firstInstant(day * DAY_MS, offset)
    case "week":
      return firstInstant((day - modulo(day + EPOCH_WEEKDAY, 7)) * DAY_MS, offset)
    case "month":
      return firstInstant(startOfMonth(localMs), offset)
  }
}

/** `2026-03-29`, as the local calendar has it. */
export function localDate(atMs: number, offset: ZoneOffset): string {
  return new Date(atMs + offset(atMs)).toISOString().slice(0, 10)
}

function startOfMonth(localMs: number): number {
  const local = new Date(localMs)
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), 1)
}

/** The first instant at which local clocks show `localMs` or, when they jump over it, the instant of the jump. */
function firstInstant(localMs: number, offset: ZoneOffset): number {
  // No zone is a day or more from UTC, and none changes its offset twice within two days.
  const [before, after] = [offset(localMs - DAY_MS), offset(localMs + DAY_MS)]
  const candidates = [localMs - before, localMs - after].sort((a, b) => a - b)
  const shown = candidates.find((atMs) => atMs + offset(atMs) === localMs)
  return shown ?? firstChange(localMs - DAY_MS, localMs + DAY_MS, offset)
}

function firstChange(fromMs: number, toMs: number, offset: ZoneOffset): number {
  const before = offset(fromMs)
  let [low, high] = [fromMs, toMs]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offset(middle) === before) low = middle
    else high = middle
  }
  return high
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
