import { expect, test } from "bun:test"
import { type DiskSpace, decideRoom, floorBytes, isToBlame } from "./disk-room.ts"

const GIB = 2 ** 30

// biome-ignore format: a table
test.each([
  // size GiB  free GiB  files      free files  room
  [1000,       500,      1_000_000, 900_000,    "enough"],
  [1000,       4,        1_000_000, 900_000,    "enough"],
  [1000,       3.9,      1_000_000, 900_000,    "near"],
  [1000,       1,        1_000_000, 900_000,    "near"],
  [1000,       0.9,      1_000_000, 900_000,    "low"],
  [1,          0.21,     0,         0,          "enough"],
  [1,          0.19,     0,         0,          "near"],
  [1,          0.04,     0,         0,          "low"],
  [1000,       500,      1_000_000, 79_000,     "near"],
  [1000,       500,      1_000_000, 19_000,     "low"],
  [1000,       500,      1000,      49,         "low"],
] as const)("a disk of %p GiB with %p free, %p files with %p free: %s", (size, free, files, freeFiles, room) => {
  expect(decideRoom({ sizeBytes: size * GIB, freeBytes: free * GIB, files, freeFiles })).toBe(room)
})

// Of a disk whose floor is 1 GiB: 256 MiB are to blame.
test.each([
  [256, true],
  [255, false],
  [0, false],
] as const)("INV-69: a run that has lately written %p MiB is to blame for a full disk: %p", (mib, expected) => {
  const space: DiskSpace = { sizeBytes: 1000 * GIB, freeBytes: 900 * 2 ** 20, files: 0, freeFiles: 0 }
  expect([floorBytes(space), isToBlame({ recentBytes: mib * 2 ** 20 }, space)]).toEqual([GIB, expected])
})
