import { expect, test } from "bun:test"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import { CHUNK_SIZES, chunksOf } from "@bot-bottle/testkit"
import { createBodyDecoder } from "./body-decoder.ts"

const TEXT = new TextEncoder().encode("naïve – 名前 ".repeat(400))

// biome-ignore format: a table
test.each([
  // content-encoding   body                                              outcome       text
  ["",                  TEXT,                                             "intact",     true],
  ["Identity",          TEXT,                                             "intact",     true],
  ["x-gzip",            gzipSync(TEXT),                                   "intact",     true],
  ["gzip, zstd",        zstdCompressSync(gzipSync(TEXT)),                 "intact",     true],
  ["deflate",           deflateSync(TEXT),                                "intact",     true],
  ["deflate",           deflateRawSync(TEXT),                             "intact",     true],
  ["gzip",              gzipSync(TEXT).subarray(0, -4),                   "truncated",  true],
  ["deflate",           deflateSync(TEXT).subarray(0, 1),                 "truncated",  false],
  ["gzip",              TEXT,                                             "broken",     false],
  ["br",                TEXT,                                             "broken",     false],
  ["zstd",              TEXT,                                             "broken",     false],
  ["compress",          TEXT,                                             "broken",     false],
  ["gzip",              new Uint8Array(0),                                "truncated",  false],
] as const)("a body of '%s' is decoded however cut", async (encoding, body, outcome, whole) => {
  for (const size of CHUNK_SIZES) {
    const parts: Uint8Array[] = []
    const decoder = createBodyDecoder(encoding, (part) => parts.push(part))
    for (const chunk of chunksOf(body, size)) decoder.push(chunk)
    expect(await decoder.finish()).toBe(outcome)
    if (whole) expect(Buffer.concat(parts)).toEqual(Buffer.from(TEXT))
  }
})

// biome-ignore format: a table
test.each([
  ["gzip",        gzipSync(TEXT)],
  ["gzip",        Buffer.concat([gzipSync(TEXT), gzipSync(TEXT)])],
  ["deflate",     deflateSync(TEXT)],
  ["deflate",     deflateRawSync(TEXT)],
  ["br",          brotliCompressSync(TEXT)],
  ["zstd",        zstdCompressSync(TEXT)],
  ["gzip, zstd",  zstdCompressSync(gzipSync(TEXT))],
] as const)("bytes behind the end of '%s' are seen, however cut", async (encoding, body) => {
  for (const size of CHUNK_SIZES)
    for (const surplus of ["", "behind"]) {
      const decoder = createBodyDecoder(encoding, () => {})
      for (const chunk of chunksOf(Buffer.concat([body, Buffer.from(surplus)]), size)) {
        decoder.push(chunk)
        await decoder.idle()
      }
      const isUnreadable = (await decoder.finish()) !== "intact" || decoder.hasSurplus
      expect([encoding, size, isUnreadable]).toEqual([encoding, size, surplus !== ""])
    }
})

test("a bomb makes its reader wait: what is not yet decoded stays near 1 MiB", async () => {
  const member = gzipSync(new Uint8Array(16 * 1024 * 1024), { level: 1 })
  const bomb = Buffer.concat(Array.from({ length: 32 }, () => member))
  let decoded = 0
  const decoder = createBodyDecoder("gzip", (part) => {
    decoded += part.length
  })
  let waits = 0
  for (const chunk of chunksOf(bomb, 64 * 1024)) {
    decoder.push(chunk)
    const ready = decoder.ready()
    if (ready === undefined) continue
    waits++
    await ready
  }
  await decoder.finish()
  expect({ decoded, waited: waits > 0 }).toEqual({ decoded: 512 * 1024 * 1024, waited: true })
})
