import { expect, test } from "bun:test"
import { statusLine } from "./status-line.ts"

// biome-ignore format: a table
test.each([
  // limit,     used,       charged,  denied  words
  [100_000,     12_000,     12_000,   2,      "12k of 100k tokens, 88k left · 2 refusals"],
  [2_000_000,   1_560_000,  3_000,    0,      "1.56M of 2M tokens, 440k left"],
  [5_000,       5_100,      5_100,    1,      "5.1k of 5k tokens, 0 left · 1 refusal"],
  [undefined,   0,          7_300,    0,      "7.3k tokens"],
])("limit %p, used %p, charged %p, denied %p", (limit, used, chargedTokens, denied, expected) => {
  const budget = limit === undefined ? undefined : { provider: "claude", limit, used }
  expect(statusLine({ budget, chargedTokens, denied })).toBe(expected)
})

test("a budget of money is told in dollars", () => {
  const budget = { provider: "usd", limit: 5_000_000, used: 1_234_567 }
  expect(statusLine({ budget, chargedTokens: 9, denied: 0 })).toBe("$1.23 of $5.00, $3.76 left")
})
