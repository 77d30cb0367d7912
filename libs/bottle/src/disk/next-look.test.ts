import { expect, test } from "bun:test"
import type { DiskSpace } from "./disk-room.ts"
import { type LastMeasure, needsMeasure, nextLookMs } from "./next-look.ts"

const GIB = 2 ** 30
const SPACE: DiskSpace = { sizeBytes: 1000 * GIB, freeBytes: 500 * GIB, files: 0, freeFiles: 0 }
const NOW = 1_000_000

// biome-ignore format: a table
test.each([
  // room     limit      held  age ms  took ms  the disk has grown by  is every file counted?
  ["enough",  undefined, 0,    1e6,    0,       100,                   false],
  ["enough",  10,        1,    1000,   0,       0,                     false],
  ["enough",  10,        1,    1000,   0,       8.9,                   false],
  ["enough",  10,        1,    1000,   0,       9,                     true],
  ["enough",  10,        1,    1000,   200,     9,                     false],
  ["enough",  10,        1,    30_000, 0,       -50,                   true],
  ["enough",  10,        1,    30_000, 3001,    0,                     false],
  ["near",    undefined, 1,    999,    0,       0,                     false],
  ["near",    undefined, 1,    1000,   0,       0,                     true],
  ["low",     undefined, 1,    1000,   101,     0,                     false],
] as const)("%s, limit %p GiB, held %p, %p ms ago in %p ms, grown by %p since: %p", (room, limit, held, age, took, grown, expected) => {
  const last = lastMeasure({ heldBytes: held * GIB, atMs: NOW - age, tookMs: took, usedBytes: (500 - grown) * GIB })
  const limitBytes = limit === undefined ? undefined : limit * GIB
  expect(needsMeasure({ space: SPACE, room, limitBytes, last, nowMs: NOW })).toBe(expected)
})

test("a limit is measured against from the start; without one, and with room, nothing is ever measured", () => {
  const sight = { space: SPACE, room: "enough", last: undefined, nowMs: NOW } as const
  expect(needsMeasure({ ...sight, limitBytes: GIB })).toBe(true)
  expect(needsMeasure({ ...sight, limitBytes: undefined })).toBe(false)
})

// biome-ignore format: a table
test.each([
  // free GiB  limit      held  ms
  [500,        undefined, 0,    5000],
  [3,          undefined, 0,    2000],
  [1.0001,     undefined, 0,    100],
  [0.5,        undefined, 0,    100],
  [500,        10,        9,    1000],
  [500,        10,        2,    5000],
  [2,          10,        2,    1000],
] as const)("with %p GiB free, a limit of %p and %p held, the next look is in %p ms", (free, limit, held, ms) => {
  const space = { ...SPACE, freeBytes: free * GIB }
  const last = lastMeasure({ heldBytes: held * GIB, usedBytes: (1000 - free) * GIB })
  const limitBytes = limit === undefined ? undefined : limit * GIB
  expect(nextLookMs({ space, room: "enough", limitBytes, last, nowMs: NOW })).toBe(ms)
})

function lastMeasure(given: Partial<LastMeasure>): LastMeasure {
  return { heldBytes: 0, recentBytes: 0, isWhole: true, atMs: NOW, tookMs: 0, usedBytes: 0, ...given }
}
