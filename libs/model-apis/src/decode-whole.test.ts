import { expect, test } from "bun:test"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { decodeWhole } from "./decode-whole.ts"

const MIB = 1024 * 1024
const TEXT = new TextEncoder().encode("naïve – 名前 ".repeat(4000))

// biome-ignore format: a table
test.each([
  // content-encoding   body                                    outcome
  ["",                  TEXT,                                   "intact"],
  ["gzip",              gzipSync(TEXT),                         "intact"],
  ["gzip, zstd",        zstdCompressSync(gzipSync(TEXT)),       "intact"],
  ["gzip",              gzipSync(TEXT).subarray(0, -4),         "truncated"],
] as const)("a body of '%s' is decoded whole", async (encoding, body, outcome) => {
  expect(await decodeWhole(body, encoding, MIB)).toEqual({ outcome, bytes: new Uint8Array(TEXT) })
})

// biome-ignore format: a table
test.each([
  // content-encoding          body                                               outcome
  ["gzip",                     TEXT,                                              "broken"],
  ["compress",                 TEXT,                                              "broken"],
  ["gzip, gzip, gzip",         gzipSync(gzipSync(gzipSync(TEXT))),                "broken"],
  ["",                         new Uint8Array(MIB + 1),                           "too-large"],
  ["gzip",                     gzipSync(new Uint8Array(MIB + 1)),                 "too-large"],
] as const)("a body of '%s' that is broken or too large is said to be", async (encoding, body, outcome) => {
  expect(await decodeWhole(body, encoding, MIB)).toEqual({ outcome })
})

test.each([
  ["gzip", 1],
  ["gzip, gzip", 2],
] as const)(
  "a bomb of '%s' is given up near the limit, and others are answered meanwhile",
  async (encoding, layers) => {
    // A quarter of a gigabyte; twice packed, some hundred bytes.
    const member = gzipSync(new Uint8Array(16 * MIB))
    let bomb: Uint8Array = Buffer.concat(Array.from({ length: 16 }, () => member))
    for (let layer = 1; layer < layers; layer += 1) bomb = gzipSync(bomb)
    let turns = 0
    const beat = setInterval(() => {
      turns += 1
    }, 1)
    const held = process.memoryUsage().rss
    expect(await decodeWhole(bomb, encoding, 32 * MIB)).toEqual({ outcome: "too-large" })
    clearInterval(beat)
    expect(turns).toBeGreaterThan(0)
    expect(process.memoryUsage().rss - held).toBeLessThan(160 * MIB)
  },
)
