import { expect, test } from "bun:test"
import { formatAge, formatCount, formatCounted, formatTime } from "./format.ts"

test("formatTime: the same instant, written with an offset", () => {
  const ms = 1_795_363_200_123
  const text = formatTime(ms)
  expect({ back: Date.parse(text), shape: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/.test(text) }).toEqual({
    back: ms,
    shape: true,
  })
})

test.each([
  [0, "0s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [3_600_000, "1h"],
  [90_000_000, "1d"],
  [-5, "0s"],
] as const)("formatAge: %p ms is %p", (ms, text) => {
  expect(formatAge(ms)).toBe(text)
})

test("formatCount: exact with separators", () => {
  expect(formatCount(12_345_678)).toBe("12,345,678")
})

// biome-ignore format: a table
test.each([
  [0,     "commit",       undefined,       "0 commits"],
  [1,     "commit",       undefined,       "1 commit"],
  [1_200, "commit",       undefined,       "1,200 commits"],
  [1,     "process was",  "processes were", "1 process was"],
  [2,     "process was",  "processes were", "2 processes were"],
] as const)("formatCounted: %p of %p", (count, one, many, text) => {
  expect(formatCounted(count, one, many)).toBe(text)
})
