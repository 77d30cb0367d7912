import { expect, test } from "bun:test"
import { type BudgetLimit, HOST_SCOPE, USD } from "@bot-bottle/contracts"
import type { GoverningBudget } from "@bot-bottle/ledger"
import { findUncoveredProviders } from "./uncovered-providers.ts"

const CLAUDE = {
  scope: HOST_SCOPE,
  provider: "claude",
  limitTokens: 2_000_000,
  window: "day",
  source: "settings",
} as const
const DOLLARS = { ...CLAUDE, provider: USD } as const
const OF_BOTTLE = { ...CLAUDE, scope: { kind: "bottle", key: "dev" } } as const
const BUDGET = { limitTokens: 1 } as GoverningBudget

// biome-ignore format: a table
test.each([
  // what governs                      limits of the host and others   not counted
  [{ codex: undefined },               [CLAUDE],                       ["codex"]],
  [{ pi: undefined, claude: BUDGET },  [DOLLARS, CLAUDE],              ["pi"]],
  [{ codex: undefined },               [],                             []],
  [{ codex: undefined },               [OF_BOTTLE],                    []],
  [{ codex: BUDGET },                  [CLAUDE],                       []],
  [{ codex: undefined, usd: BUDGET },  [CLAUDE, DOLLARS],              []],
  [{},                                 [CLAUDE],                       []],
] as const)("findUncoveredProviders: %j", (governing, limits: readonly BudgetLimit[], names) => {
  const found = findUncoveredProviders(new Map(Object.entries(governing)), limits)
  expect(found).toEqual(names.map((provider) => ({ provider, limit: CLAUDE })))
})
