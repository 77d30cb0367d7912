import { expect, test } from "bun:test"
import type { BudgetRow } from "@bot-bottle/contracts"
import { newLimit } from "./keys/intents.ts"
import { NO_RATE } from "./rates.ts"
import { describeUse, timeLeft } from "./screens/header.ts"
import { exactAmount, shortAmount } from "./text.ts"

const MONEY: BudgetRow = {
  scope: "host",
  key: "",
  provider: "usd",
  limit: 20_000_000,
  used: 3_456_789,
  reserved: 0,
  window: "day",
  is_ceiling: false,
  resets_at: "2026-11-29T00:00:00.000Z",
}

test("a gauge of money is in dollars, and has no pace in tokens", () => {
  const frame = { nowMs: Date.parse("2026-11-28T20:00:00.000Z") }
  expect(describeUse(MONEY)).toBe("$3.45 of $20.00 today")
  expect(timeLeft(MONEY, NO_RATE, frame)).toEqual({ text: "", long: "resets in 4h", role: "dim" })
  expect(timeLeft({ ...MONEY, used: 20_000_000 }, NO_RATE, frame)).toMatchObject({ text: "spent", role: "bad" })
})

// biome-ignore format: a table
test.each([
  // micro-dollars  short       exact
  [0,               "$0.00",    "$0.00"],
  [4_200,           "$0.0042",  "$0.0042"],
  [1_999_999,       "$1.99",    "$1.999999"],
  [1_250_000_000,   "$1,250.00", "$1,250.00"],
] as const)("%d micro-dollars are %s, exactly %s", (amount, short, exact) => {
  expect([shortAmount("usd", amount), exactAmount("usd", amount)]).toEqual([short, exact])
})

// biome-ignore format: a table
test.each([
  ["5",         5_000_000],
  ["2.50",      2_500_000],
  ["+1",        3_000_000],
  ["0.000001",  1],
  ["5M",        undefined],
  ["$5",        undefined],
  ["-5",        undefined],
  ["",          undefined],
  ["1.2345678", undefined],
] as const)("a new limit of money typed as %p over $2 is %p micro-dollars", (typed, limit) => {
  expect(newLimit("usd", typed, 2_000_000)).toBe(limit as never)
})
