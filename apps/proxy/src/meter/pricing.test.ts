import { expect, test } from "bun:test"
import type { Settlement } from "@bot-bottle/ledger"
import { createPricing, type PricingFacts } from "./pricing.ts"

const NOW = Date.parse("2026-11-01T00:00:00Z")
const USAGE = { inputTokens: 1000, cacheReadTokens: 0, cacheWriteTokens: 1000, outputTokens: 100, reasoningTokens: 50 }
const NOTHING = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 }

const OWN = [
  {
    models: ["claude-opus-4-5"],
    host: "own.example",
    fromMs: 0,
    rates: { input: 1_000_000, output: 2_000_000, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 },
  },
]

// biome-ignore format: a table
test.each<[what: string, more: Partial<Settlement>, place: string, facts: PricingFacts, cost: number | undefined]>([
  ["as usual",                          {},                            "api.anthropic.com",  {},                              5_000 + 6_250 + 2_500],
  ["written for an hour",               {},                            "api.anthropic.com",  { cacheWriteHourTokens: 1000 },  5_000 + 10_000 + 2_500],
  ["in a batch",                        {},                            "api.anthropic.com",  { serviceTier: "batch" },        2_500 + 3_125 + 1_250],
  ["in a tier that no row names",       {},                            "api.anthropic.com",  { serviceTier: "gold" },         undefined],
  ["at another host",                   {},                            "gateway.example",    {},                              undefined],
  ["at a host with a price of its own", {},                            "own.example",        {},                              1_000 + 200],
  ["of a model that no row names",      { model: "claude-unheard-of" }, "api.anthropic.com", {},                              undefined],
  ["charged more than was seen",        { atLeastTokens: 2_200 },      "api.anthropic.com",  {},                              5_000 + 6_250 + 5_000],
  ["without a token",                   { usage: NOTHING },            "gateway.example",    {},                              0],
])("a settlement %s", (_what, more, place, facts, cost) => {
  const settlement: Settlement = { how: "settled", usage: USAGE, estimated: false, ...more }
  const { withCost } = createPricing({ own: () => OWN, nowMs: () => NOW })
  expect(withCost(settlement, { place, model: "claude-opus-4-5" }, facts).costMicroUsd).toBe(cost)
})
