import { expect, test } from "bun:test"
import { cellsOf, clock, cut, duration, exactCount, money, plain, shortCount } from "./text.ts"

// biome-ignore format: a table
test.each([
  [0, "0"], [894, "894"], [999.4, "999"], [1_000, "1k"], [8_100, "8.1k"], [41_000, "41k"], [412_004, "412k"],
  [999_600, "1M"], [1_560_000, "1.56M"], [3_421_870, "3.42M"], [11_204_512, "11.2M"], [120_000_000, "120M"], [2e9, "2G"],
])("shortCount(%p) is %p", (count, text) => expect(shortCount(count)).toBe(text))

// biome-ignore format: a table
test.each([
  ["fix the login", 20, "fix the login"], ["fix the login", 8, "fix the…"], ["한국어", 4, "한…"], ["abc", 1, "…"], ["abc", 0, ""],
])("cut(%p, %p) is %p", (text, width, expected) => {
  expect(cut(text, width, "…")).toBe(expected)
  expect(cellsOf(cut(text, width, "…"))).toBeLessThanOrEqual(width)
})

// biome-ignore format: a table
test.each([
  ["a\x1b[31mb", "a�[31mb"], ["a\nb", "a�b"], ["\u202eevil", "�evil"], ["👩‍💻 x", "👩 x"], ["👍🏽", "👍"], ["1️⃣", "1"], ["☃️", "☃"], ["e\u0301", "e\u0301"], ["🇩🇪", "🇩🇪"],
])("plain(%p) is %p", (text, expected) => expect(plain(text)).toBe(expected))

test("numbers as people read them", () => {
  expect([
    exactCount(1_560_000),
    exactCount(12),
    duration(38 * 60_000),
    duration(196 * 60_000),
    duration(50 * 3_600_000),
  ]).toEqual(["1,560,000", "12", "38m", "3h 16m", "2d 2h"])
  expect([money(0.001), money(0), money(12.3)]).toEqual(["$0.0010", "$0.00", "$12.30"])
  expect(clock(Date.UTC(2026, 0, 1, 23, 30), 3_600_000, "minutes")).toBe("00:30")
})
