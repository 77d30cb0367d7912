import { expect, test } from "bun:test"
import type { GoverningBudget } from "@bot-bottle/ledger"
import { listProviders } from "@bot-bottle/providers"
import { findSmallBudgets } from "./small-budgets.ts"

// biome-ignore format: a table
test.each([
  // limit    used    reserved  found
  [10_000,    0,      0,        [{ provider: "claude", leftTokens: 10_000, neededTokens: 18_000 }]],
  [18_000,    0,      0,        []],
  [2_000_000, 1_990_000, 5_000, [{ provider: "claude", leftTokens: 5_000, neededTokens: 18_000 }]],
  [10_000,    20_000, 0,        [{ provider: "claude", leftTokens: 0, neededTokens: 18_000 }]],
] as const)("findSmallBudgets: %p of tokens, %p used and %p reserved", (limitTokens, usedTokens, reservedTokens, found) => {
  const budget = { limitTokens, usedTokens, reservedTokens } as GoverningBudget
  const harness = { meters: ["claude"], firstRequestTokens: 18_000 } as const
  expect(findSmallBudgets(harness, new Map([["claude", budget]]))).toEqual([...found])
})

test("findSmallBudgets: nothing without a limit, or for a program that nobody has measured", () => {
  const budget = { limitTokens: 1, usedTokens: 0, reservedTokens: 0 } as GoverningBudget
  expect([
    findSmallBudgets({ meters: ["claude"], firstRequestTokens: 18_000 }, new Map([["claude", undefined]])),
    findSmallBudgets({ meters: ["claude"] }, new Map([["claude", budget]])),
    findSmallBudgets({ meters: [], firstRequestTokens: 18_000 }, new Map()),
  ]).toEqual([[], [], []])
})

test("the harnesses that we install have been measured", () => {
  const installed = listProviders().filter(({ toolchain }) => toolchain !== undefined)
  expect(installed.map(({ firstRequestTokens = 0 }) => firstRequestTokens > 1_000)).toEqual(installed.map(() => true))
})
