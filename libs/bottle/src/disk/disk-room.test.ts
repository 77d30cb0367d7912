import { expect, test } from "bun:test"
import { type DiskSpace, decideHog, decideRoom, floorBytes } from "./disk-room.ts"

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
// biome-ignore format: a table
test.each([
  // recent, in MiB: own  others          free  free at another's  verdict
  [1000,                  [],             900,  undefined,         "own-run"],
  [1000,                  [999, 3],       900,  undefined,         "own-run"],
  [1000,                  [1001],         900,  undefined,         "another-run"],
  [256,                   [],             900,  undefined,         "own-run"],
  [255,                   [],             900,  undefined,         "no-run"],
  [255,                   [10, 20],       900,  undefined,         "no-run"],
  [1000,                  [],             900,  900,               "no-run"],
  [1000,                  [],             800,  900,               "no-run"],
  [1000,                  [],             770,  900,               "own-run"],
] as const)("INV-69: %p MiB of one's own, %p of others', %p free, %p before: %s", (own, others, free, before, verdict) => {
  const space: DiskSpace = { sizeBytes: 1000 * GIB, freeBytes: free * 2 ** 20, files: 0, freeFiles: 0 }
  expect(floorBytes(space)).toBe(GIB)
  const word = (slug: string, mib: number) => ({ slug, heldBytes: 9 * GIB, recentBytes: mib * 2 ** 20 })
  const question = { own: word("own", own), others: others.map((mib, at) => word(`other-${at}`, mib)), space }
  const freeAtOtherBytes = before === undefined ? undefined : before * 2 ** 20
  expect(decideHog({ ...question, freeAtOtherBytes })).toBe(verdict)
})

test("INV-69: of runs that are alike, each launcher names the same one", () => {
  const space: DiskSpace = { sizeBytes: 1000 * GIB, freeBytes: 0, files: 0, freeFiles: 0 }
  const words = ["b", "a", "c"].map((slug) => ({ slug, heldBytes: GIB, recentBytes: GIB }))
  const verdicts = words.map((own) =>
    decideHog({ own, others: words.filter((word) => word !== own), space, freeAtOtherBytes: undefined }),
  )
  expect(verdicts).toEqual(["another-run", "own-run", "another-run"])
})
