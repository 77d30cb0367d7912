import { expect, test } from "bun:test"
import { chooseAcceptEncoding } from "./accept-encoding.ts"

// biome-ignore format: a table
test.each([
  // client offered               stream  leaves with
  [undefined,                     false,  "identity"],
  [undefined,                     true,   "identity"],
  ["gzip, deflate, br, zstd",     true,   "identity"],
  ["gzip, deflate, br, zstd",     false,  "gzip, deflate, br, zstd"],
  ["gzip;q=0.5, compress, BR",    false,  "gzip;q=0.5, BR"],
  ["*",                           false,  "identity"],
  ["",                            false,  "identity"],
] as const)("an offer of %p on a request with stream %p leaves as %p", (offered, stream, expected) => {
  expect(chooseAcceptEncoding(offered, { stream })).toBe(expected)
})
