import { expect, test } from "bun:test"
import { readProxyLine } from "./proxy-line.ts"

// biome-ignore format: a table
test.each([
  ["LedgerUnavailable: the disk is full",               "LedgerUnavailable: the disk is full"],
  ['  path: "https://192.0.2.1:443/x?token=abc",',      undefined],
  ["Error: GET https://a.example/x?token=abc failed",   "Error: GET https://a.example/x?… failed"],
  ["see https://a.example/x and HTTP://b.example?q=1",  "see https://a.example/x and HTTP://b.example?…"],
  ["",                                                  ""],
] as const)("of %j the operator's log gets %j", (line, shown) => {
  expect(readProxyLine(line)).toBe(shown)
})
