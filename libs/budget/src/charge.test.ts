import { expect, test } from "bun:test"
import { NO_USAGE } from "@bot-bottle/contracts"
import { addTokens, chargeTokens, MAX_TOKENS } from "./charge.ts"

// biome-ignore format: a table
test.each([
  // input, write, output, read,           weight,  charged
  [0,       0,     0,      0,              0.1,     0],
  [10,      20,    30,     0,              0.1,     60],
  [0,       0,     0,      1,              0.1,     1],
  [0,       0,     0,      3,              0.1,     1],
  [0,       0,     0,      10,             0.1,     1],
  [0,       0,     0,      11,             0.1,     2],
  [0,       0,     0,      30,             0.1,     3],
  [0,       0,     0,      70,             0.1,     7],
  [0,       0,     0,      100,            0.29,    29],
  [0,       0,     0,      1_000_000,      0.1,     100_000],
  [0,       0,     0,      7,              0,       0],
  [0,       0,     0,      7,              1,       7],
  [5,       7,     61,     1000,           0.25,    323],
  [0,       0,     0,      3,              1/3,     1],
  [0,       0,     0,      MAX_TOKENS,    1,       MAX_TOKENS],
  [MAX_TOKENS, 1, 1,      MAX_TOKENS,    1,       MAX_TOKENS],
] as const)("INV-31: %d + %d + %d and %d cached at %p charge %d", (input, write, output, read, weight, charged) => {
  const usage = { inputTokens: input, cacheWriteTokens: write, outputTokens: output, cacheReadTokens: read, reasoningTokens: 9 }
  expect(chargeTokens(usage, weight)).toBe(charged)
})

test("INV-31: no weight and no count of cached tokens charges less than the exact share", () => {
  for (const percent of [1, 7, 10, 29, 33, 57, 99]) {
    for (let read = 0; read < 500; read++) {
      const charged = chargeTokens({ ...NO_USAGE, cacheReadTokens: read }, percent / 100)
      expect(charged).toBe(Math.floor((read * percent + 99) / 100))
    }
  }
})

test("reasoning is part of output and charges nothing of its own", () => {
  expect(chargeTokens({ ...NO_USAGE, outputTokens: 8, reasoningTokens: 8 }, 0.1)).toBe(8)
})

test.each([[-1], [0.5], [Number.NaN], [2 ** 53]])("a count of %p is a bug, not a charge", (tokens) => {
  expect(() => chargeTokens({ ...NO_USAGE, inputTokens: tokens }, 0.1)).toThrow(RangeError)
  expect(() => addTokens(1, tokens)).toThrow(RangeError)
})

test.each([[-0.1], [1.1], [Number.NaN]])("a weight of %p is a bug, not a discount", (weight) => {
  expect(() => chargeTokens(NO_USAGE, weight)).toThrow(RangeError)
})
