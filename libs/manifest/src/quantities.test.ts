import { expect, test } from "bun:test"
import { parseByteSize, parseDuration } from "./quantities.ts"

// biome-ignore format: a table
test.each([
  ["30m", 1_800_000], ["7d", 604_800_000], ["90s", 90_000], ["12h", 43_200_000], ["2w", 1_209_600_000], ["0d", 0],
  ["30", undefined], ["", undefined], ["-1m", undefined], ["1.5h", undefined], ["7 d", undefined], ["7D", undefined],
  ["7d\n", undefined], ["1y", undefined], ["999999999d", undefined], ["1e3s", undefined], ["constructor", undefined],
] as const)("parseDuration: %j is %p ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

// biome-ignore format: a table
test.each([
  ["4g", 2 ** 32], ["4G", 2 ** 32], ["4GiB", 2 ** 32], ["4gb", 2 ** 32], ["512m", 2 ** 29], ["1.5k", 1536], ["2t", 2 ** 41],
  ["512", undefined], ["", undefined], ["0g", undefined], ["-1g", undefined], ["1.5", undefined], ["4 g", undefined],
  ["4gg", undefined], ["4g\n", undefined], ["999999999t", undefined], ["1e3g", undefined], ["0x10g", undefined],
] as const)("parseByteSize: %j is %p bytes", (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes)
})
