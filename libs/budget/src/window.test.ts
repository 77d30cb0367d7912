import { describe, expect, test } from "bun:test"
import { localDate, windowStartMs } from "./window.ts"
import { zoneOffsetOf } from "./zone.ts"

// Times are written with their own offset, so that a row reads like the local clock did.
// biome-ignore format: a table
test.each([
  // zone                 window    now                            start
  ["UTC",                 "hour",   "2026-03-29T12:34:56.789Z",    "2026-03-29T12:00:00Z"],
  ["UTC",                 "hour",   "2026-03-29T12:00:00Z",        "2026-03-29T12:00:00Z"],
  ["UTC",                 "day",    "2026-03-29T00:00:00Z",        "2026-03-29T00:00:00Z"],
  ["UTC",                 "day",    "2026-03-29T23:59:59.999Z",    "2026-03-29T00:00:00Z"],
  ["UTC",                 "week",   "2026-03-29T12:00:00Z",        "2026-03-23T00:00:00Z"],
  ["UTC",                 "week",   "2026-03-30T00:00:00Z",        "2026-03-30T00:00:00Z"],
  ["UTC",                 "week",   "2026-01-01T12:00:00Z",        "2025-12-29T00:00:00Z"],
  ["UTC",                 "month",  "2024-02-29T12:00:00Z",        "2024-02-01T00:00:00Z"],
  ["UTC",                 "month",  "2026-12-31T23:59:59Z",        "2026-12-01T00:00:00Z"],
  ["UTC",                 "day",    "1969-12-31T12:00:00Z",        "1969-12-31T00:00:00Z"],
  ["UTC",                 "week",   "1969-12-31T12:00:00Z",        "1969-12-29T00:00:00Z"],
  // Europe: 02:00 becomes 03:00 on 29 March, 03:00 becomes 02:00 on 25 October.
  ["Europe/Berlin",       "day",    "2026-03-29T01:59:00+01:00",   "2026-03-29T00:00:00+01:00"],
  ["Europe/Berlin",       "day",    "2026-03-29T03:01:00+02:00",   "2026-03-29T00:00:00+01:00"],
  ["Europe/Berlin",       "hour",   "2026-03-29T03:01:00+02:00",   "2026-03-29T03:00:00+02:00"],
  ["Europe/Berlin",       "week",   "2026-03-29T20:00:00+02:00",   "2026-03-23T00:00:00+01:00"],
  ["Europe/Berlin",       "month",  "2026-03-31T20:00:00+02:00",   "2026-03-01T00:00:00+01:00"],
  ["Europe/Berlin",       "day",    "2026-10-25T23:00:00+01:00",   "2026-10-25T00:00:00+02:00"],
  ["Europe/Berlin",       "hour",   "2026-10-25T02:30:00+02:00",   "2026-10-25T02:00:00+02:00"],
  ["Europe/Berlin",       "hour",   "2026-10-25T02:30:00+01:00",   "2026-10-25T02:00:00+01:00"],
  ["America/New_York",    "day",    "2026-11-01T22:00:00-05:00",   "2026-11-01T00:00:00-04:00"],
  ["America/New_York",    "month",  "2026-11-30T22:00:00-05:00",   "2026-11-01T00:00:00-04:00"],
  // Offsets that are not a whole hour.
  ["Asia/Kolkata",        "hour",   "2026-06-01T10:59:00+05:30",   "2026-06-01T10:00:00+05:30"],
  ["Asia/Kathmandu",      "hour",   "2026-06-01T10:05:00+05:45",   "2026-06-01T10:00:00+05:45"],
  ["Asia/Kathmandu",      "day",    "2026-06-01T00:05:00+05:45",   "2026-06-01T00:00:00+05:45"],
  ["Australia/Lord_Howe", "day",    "2026-04-05T12:00:00+10:30",   "2026-04-05T00:00:00+11:00"],
  // Midnight that does not exist: Cairo 24 April 2026, 00:00 becomes 01:00.
  ["Africa/Cairo",        "day",    "2026-04-24T09:00:00+03:00",   "2026-04-24T01:00:00+03:00"],
  ["Africa/Cairo",        "day",    "2026-04-23T23:59:59+02:00",   "2026-04-23T00:00:00+02:00"],
  // The day's last hour twice: Cairo 29 October 2026, 24:00 becomes 23:00.
  ["Africa/Cairo",        "day",    "2026-10-29T23:30:00+02:00",   "2026-10-29T00:00:00+03:00"],
  ["Africa/Cairo",        "day",    "2026-10-30T00:30:00+02:00",   "2026-10-30T00:00:00+02:00"],
  // Midnight twice: Havana 1 November 2026, 01:00 becomes 00:00.
  ["America/Havana",      "day",    "2026-11-01T00:30:00-05:00",   "2026-11-01T00:00:00-04:00"],
  ["America/Havana",      "hour",   "2026-11-01T00:30:00-05:00",   "2026-11-01T00:00:00-05:00"],
  // A jump one minute after midnight.
  ["Asia/Gaza",           "day",    "2011-04-01T12:00:00+03:00",   "2011-04-01T00:00:00+02:00"],
  // A day that never was: Apia left out 30 December 2011.
  ["Pacific/Apia",        "day",    "2011-12-31T09:00:00+14:00",   "2011-12-31T00:00:00+14:00"],
  ["Pacific/Apia",        "day",    "2011-12-29T09:00:00-10:00",   "2011-12-29T00:00:00-10:00"],
  ["Pacific/Apia",        "month",  "2011-12-31T09:00:00+14:00",   "2011-12-01T00:00:00-10:00"],
  ["Pacific/Kiritimati",  "day",    "2026-01-01T00:00:00+14:00",   "2026-01-01T00:00:00+14:00"],
] as const)("%s: the %s of %s began at %s", (zone, window, now, start) => {
  const found = windowStartMs(window, Date.parse(now), zoneOffsetOf(zone))
  expect(new Date(found).toISOString()).toBe(new Date(start).toISOString())
})

describe.each(["UTC", "Europe/Berlin", "America/Havana", "Africa/Cairo", "Asia/Kathmandu", "Australia/Lord_Howe"])(
  "%s",
  (zone) => {
    const offset = zoneOffsetOf(zone)
    const instants = Array.from(
      { length: 2 * 366 * 24 },
      (_, hour) => Date.UTC(2026, 0, 1) + hour * 3_600_000 + 1_234_567,
    )

    test("a window never begins after now, and never goes back", () => {
      for (const window of ["hour", "day", "week", "month"] as const) {
        let last = Number.NEGATIVE_INFINITY
        for (const nowMs of instants) {
          const startMs = windowStartMs(window, nowMs, offset)
          if (startMs > nowMs || startMs < last)
            throw new Error(`${window} of ${nowMs} began at ${startMs}, after ${last}`)
          last = startMs
        }
      }
    })

    test("two instants share a day exactly when they share a date", () => {
      for (let i = 1; i < instants.length; i++) {
        const [a, b] = [instants[i - 1] ?? 0, instants[i] ?? 0]
        const sameDay = windowStartMs("day", a, offset) === windowStartMs("day", b, offset)
        if (sameDay !== (localDate(a, offset) === localDate(b, offset))) throw new Error(`${a} and ${b} disagree`)
      }
    })
  },
)

test("a day whose midnight falls inside a jump begins when the clocks jump", () => {
  const jumpMs = Date.parse("2026-03-28T23:30:00Z")
  const offset = (atMs: number) => (atMs < jumpMs ? 0 : 3_600_000)
  expect(windowStartMs("day", jumpMs + 5_000_000, offset)).toBe(jumpMs)
})

test.each([
  ["2026-03-28T23:30:00Z", "Europe/Berlin", "2026-03-29"],
  ["2026-03-28T23:30:00Z", "America/New_York", "2026-03-28"],
  ["2026-03-28T18:15:00Z", "Asia/Kathmandu", "2026-03-29"],
] as const)("%s in %s is the day %s", (at, zone, date) => {
  expect(localDate(Date.parse(at), zoneOffsetOf(zone))).toBe(date)
})

test("a zone that does not exist throws", () => {
  expect(() => zoneOffsetOf("Mars/Olympus")).toThrow(RangeError)
})
