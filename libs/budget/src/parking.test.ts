import { expect, test } from "bun:test"
import { decideOnLimit, decideResumeAtMs, parseQuietHours } from "./parking.ts"
import { zoneOffsetOf } from "./zone.ts"

// biome-ignore format: a table
test.each([
  // quiet          zone                 reset                        resumed
  [undefined,       "UTC",               "2026-11-28T23:30:00Z",      "2026-11-28T23:30:00Z"],
  ["23:00-07:00",   "UTC",               "2026-11-28T22:59:59Z",      "2026-11-28T22:59:59Z"],
  ["23:00-07:00",   "UTC",               "2026-11-28T23:00:00Z",      "2026-11-29T07:00:00Z"],
  ["23:00-07:00",   "UTC",               "2026-11-28T23:30:30Z",      "2026-11-29T07:00:00Z"],
  ["23:00-07:00",   "UTC",               "2026-11-29T00:00:00Z",      "2026-11-29T07:00:00Z"],
  ["23:00-07:00",   "UTC",               "2026-11-29T06:59:59Z",      "2026-11-29T07:00:00Z"],
  ["23:00-07:00",   "UTC",               "2026-11-29T07:00:00Z",      "2026-11-29T07:00:00Z"],
  ["09:00-17:00",   "UTC",               "2026-11-28T08:59:00Z",      "2026-11-28T08:59:00Z"],
  ["09:00-17:00",   "UTC",               "2026-11-28T12:00:00Z",      "2026-11-28T17:00:00Z"],
  ["00:00-06:30",   "UTC",               "2026-11-28T00:00:00Z",      "2026-11-28T06:30:00Z"],
  ["23:00-07:00",   "Asia/Kathmandu",    "2026-11-28T23:10:00+05:45", "2026-11-29T07:00:00+05:45"],
  ["23:00-07:00",   "America/New_York",  "2026-11-28T23:10:00-05:00", "2026-11-29T07:00:00-05:00"],
  // Europe: 02:00 becomes 03:00 on 29 March, 03:00 becomes 02:00 on 25 October.
  ["23:00-07:00",   "Europe/Berlin",     "2026-03-28T23:30:00+01:00", "2026-03-29T07:00:00+02:00"],
  ["23:00-07:00",   "Europe/Berlin",     "2026-10-24T23:30:00+02:00", "2026-10-25T07:00:00+01:00"],
  // The end that the clock jumps over, and the one that it shows twice: the first.
  ["23:00-02:30",   "Europe/Berlin",     "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"],
  ["23:00-02:30",   "Europe/Berlin",     "2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00+02:00"],
  ["23:00-02:30",   "Europe/Berlin",     "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+01:00"],
] as const)("quiet hours %s in %s: a reset at %s is waited for until %s", (quiet, zone, reset, resumed) => {
  const hours = quiet === undefined ? undefined : parseQuietHours(quiet)
  const found = decideResumeAtMs(Date.parse(reset), hours, zoneOffsetOf(zone))
  expect(new Date(found).toISOString()).toBe(new Date(resumed).toISOString())
})

// biome-ignore format: a table
test.each([
  ["23:00-07:00",  { fromMinutes: 1380, toMinutes: 420 }],
  ["00:00-23:59",  { fromMinutes: 0, toMinutes: 1439 }],
  ["23:00-23:00",  undefined],
  ["24:00-07:00",  undefined],
  ["23:00-07:60",  undefined],
  ["7:00-8:00",    undefined],
  ["23:00 - 07:00", undefined],
  ["",             undefined],
] as const)("parseQuietHours of %j", (text, hours) => {
  expect<unknown>(parseQuietHours(text)).toEqual(hours)
})

const NOW_MS = Date.parse("2026-11-28T12:00:00Z")
const inMs = (ms: number) => ({ resetsAtMs: NOW_MS + ms })

// biome-ignore format: a table
test.each([
  // rule      spent windows reset in               decision
  ["refuse",   [inMs(3_600_000)],                   { outcome: "refuse" }],
  ["park",     [inMs(3_600_000)],                   { outcome: "park", untilMs: NOW_MS + 3_600_000 }],
  ["park",     [inMs(3_600_000), inMs(7_200_000)],  { outcome: "park", untilMs: NOW_MS + 7_200_000 }],
  ["park",     [inMs(120_000)],                     { outcome: "park", untilMs: NOW_MS + 120_000 }],
  ["park",     [inMs(119_999)],                     { outcome: "refuse" }],
  ["park",     [inMs(-5)],                          { outcome: "refuse" }],
  ["park",     [{}],                                { outcome: "refuse" }],
  ["park",     [inMs(3_600_000), {}],               { outcome: "refuse" }],
  ["park",     [],                                  { outcome: "refuse" }],
] as const)("on_limit: %s with %j", (rule, spent, decision) => {
  expect<unknown>(decideOnLimit(rule, spent, NOW_MS)).toEqual(decision)
})
