import { expect, test } from "bun:test"
import { formatAge, formatCount, formatTime } from "./format.ts"

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
