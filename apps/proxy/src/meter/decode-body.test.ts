import { expect, test } from "bun:test"
import { gzipSync } from "node:zlib"
import { decodeBody } from "./decode-body.ts"

const TEXT = new TextEncoder().encode("x".repeat(1000))

// biome-ignore format: a table
test.each([
  // content-encoding  body                                        outcome
  ["",                 TEXT,                                       "read"],
  ["gzip",             gzipSync(TEXT),                             "read"],
  ["utf-8",            TEXT,                                       "read"],
  ["identity, gzip",   gzipSync(TEXT),                             "read"],
  ["aws-chunked",      TEXT,                                       "unreadable"],
  ["gzip",             gzipSync(new Uint8Array(1001)),             "too-large"],
  ["gzip",             TEXT,                                       "unreadable"],
  ["gzip",             gzipSync(TEXT).subarray(0, -4),             "unreadable"],
  ["gzip, gzip",       gzipSync(gzipSync(TEXT)),                   "unreadable"],
] as const)("a body sent as '%s' is decoded up to the limit: %o", async (encoding, body, outcome) => {
  const result = await decodeBody(body, encoding, 1000)
  expect(result).toEqual(outcome === "read" ? { outcome, bytes: TEXT } : { outcome })
})
