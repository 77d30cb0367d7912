import { expect, test } from "bun:test"
import type { PriceRow, ServiceTier, Vendor } from "@bot-bottle/contracts"
import { highestRates, type PriceBook, priceRequest } from "./price-request.ts"
import { PRICE_TABLE } from "./tables/all-prices.ts"

const NOW = Date.parse("2026-11-01T00:00:00Z")

const BOOK: PriceBook = { own: [], vendors: PRICE_TABLE }

interface Asked {
  readonly vendor?: Vendor
  readonly atMs?: number
  readonly tier?: ServiceTier
  readonly input?: number
  readonly read?: number
  readonly write?: number
  readonly hour?: number
  readonly output?: number
}

// biome-ignore format: a table
test.each<[model: string, asked: Asked, cost: number | string]>([
  // model                        what was asked                                                             micro-dollars, by hand
  ["claude-opus-4-5",             { input: 1_000_000 },                                                      5_000_000],
  ["claude-opus-4-5-20251101",    { output: 1_000_000 },                                                     25_000_000],
  ["claude-opus-4-5",             { input: 1000, read: 10_000, write: 2000, output: 500 },                   5_000 + 5_000 + 12_500 + 12_500],
  ["claude-opus-4-5",             { write: 3000, hour: 1000 },                                               12_500 + 10_000],
  ["claude-opus-4-5",             { write: 10, hour: 999 },                                                  100],
  ["claude-opus-4-5",             { input: 1_000_000, output: 1_000_000, tier: "batch" },                    15_000_000],
  ["claude-sonnet-4-5",           { input: 200_000, output: 1000 },                                          600_000 + 15_000],
  ["claude-sonnet-4-5",           { input: 1, read: 200_000, output: 1000 },                                 6 + 120_000 + 22_500],
  ["claude-sonnet-4-6",           { input: 300_000 },                                                        900_000],
  ["claude-3-haiku-20240307",     { input: 1 },                                                              0],
  ["claude-3-haiku-20240307",     { input: 2 },                                                              0],
  ["claude-3-haiku-20240307",     { input: 6 },                                                              2],
  ["gpt-5",                       { vendor: "openai", input: 1000, read: 9000, output: 2000 },               1_250 + 1_125 + 20_000],
  ["gpt-5-2025-08-07",            { vendor: "openai", output: 1000, tier: "priority" },                      20_000],
  ["gpt-5",                       { vendor: "openai", output: 1000, tier: "flex" },                          5_000],
  ["gpt-5-mini",                  { vendor: "openai", output: 1000 },                                        2_000],
  ["gpt-5.4",                     { vendor: "openai", input: 272_001, output: 10 },                          1_360_005 + 225],
  ["gpt-5.4",                     { vendor: "openai", input: 272_000, output: 10 },                          680_000 + 150],
  ["text-embedding-3-small",      { vendor: "openai", input: 1_000_000 },                                    20_000],
  ["gpt-5-mini-of-someone",       { vendor: "openai", input: 1 },                                            "unknown-model"],
  ["gpt-5",                       { vendor: "anthropic", input: 1 },                                         "unknown-model"],
  ["claude-unheard-of",           { input: 1 },                                                              "unknown-model"],
  ["gpt-5",                       { vendor: "openai", input: 1, atMs: Date.parse("2025-01-01") },            "unknown-model"],
  ["gpt-5-codex",                 { vendor: "openai", input: 1, tier: "priority" },                          "unknown-tier"],
])("%s, %j, costs %p", (model, asked, cost) => {
  const result = priceRequest(BOOK, requestOf(model, asked))
  const said: number | string = result.outcome === "priced" ? result.costMicroUsd : result.reason
  expect(said).toBe(cost)
})

test("a price that changes leaves what was asked before at the old one", () => {
  const [row] = PRICE_TABLE.filter(({ models }) => models.includes("gpt-5"))
  const rates = { input: 1_000_000, output: 1_000_000, cacheRead: 1, cacheWrite: 1, cacheWriteHour: 1 }
  const rows: readonly PriceRow[] = [{ vendor: "openai", models: ["gpt-5"], fromMs: NOW, rates }, ...(row ? [row] : [])]
  const cost = (atMs: number) =>
    priceRequest({ own: [], vendors: rows }, requestOf("gpt-5", { vendor: "openai", input: 1_000_000, atMs }))
  expect([cost(NOW - 1), cost(NOW)]).toEqual([
    { outcome: "priced", costMicroUsd: 1_250_000 },
    { outcome: "priced", costMicroUsd: 1_000_000 },
  ])
})

const RATES = { input: 7, output: 7, cacheRead: 7, cacheWrite: 7, cacheWriteHour: 7 }
const OWN: readonly PriceRow[] = [
  { models: ["qwen*"], fromMs: 0, rates: { ...RATES, input: 1_000_000 } },
  { models: ["qwen-max"], fromMs: 0, rates: { ...RATES, input: 2_000_000 } },
  { models: ["qwen-max"], host: "gateway.example", fromMs: 0, rates: { ...RATES, input: 3_000_000 } },
  { models: ["qwen-max"], host: "gateway.example", fromMs: NOW, rates: { ...RATES, input: 4_000_000 } },
  { models: ["claude-opus-5"], fromMs: 0, rates: { ...RATES, input: 9_000_000 } },
]

// biome-ignore format: a table
test.each([
  // host               model             at        cost of one input token
  ["any.example",       "qwen-plus",      NOW,      1],
  ["any.example",       "qwen-max",       NOW,      2],
  ["any.example",       "qwen-max-latest", NOW,     2],
  ["gateway.example",   "qwen-max",       NOW - 1,  3],
  ["gateway.example",   "qwen-max",       NOW,      4],
  ["gateway.example",   "qwen-plus",      NOW,      1],
  ["api.anthropic.com", "claude-opus-5",  NOW,      9],
  ["api.anthropic.com", "claude-opus-4-5", NOW,     5],
  ["any.example",       "claude-opus-4-5", NOW,     "unknown-model"],
] as const)("an operator's price comes first, the nearest of them: %s, %s", (host, model, atMs, cost) => {
  const vendor = host === "api.anthropic.com" ? ("anthropic" as const) : undefined
  const asked = { ...requestOf(model, { input: 1, atMs }), vendor, host }
  const result = priceRequest({ own: OWN, vendors: PRICE_TABLE }, asked)
  expect(result.outcome === "priced" ? result.costMicroUsd : result.reason).toBe(cost)
})

// biome-ignore format: a table
test.each([
  // vendor      model              input     tier         cache      dollars a million: input, output
  ["anthropic",  "claude-opus-5",   1000,     undefined,   "hour",    10,    25],
  ["anthropic",  "claude-opus-5",   1000,     undefined,   "minutes", 6.25,  25],
  ["anthropic",  "claude-opus-5",   1000,     undefined,   "none",    5,     25],
  ["anthropic",  "claude-sonnet-4-5", 200_001, undefined,  "none",    6,     22.5],
  ["anthropic",  "claude-sonnet-4-5", 200_000, undefined,  "none",    3,     15],
  ["openai",     "gpt-5.4",         1000,     undefined,   "none",    5,     30],
  ["openai",     "gpt-5.4",         1000,     "auto",      "none",    5,     30],
  ["openai",     "gpt-5.4",         1000,     "priority",  "none",    5,     30],
  ["openai",     "gpt-5.4",         1000,     "default",   "none",    2.5,   15],
  ["openai",     "gpt-5.4",         1000,     "flex",      "none",    2.5,   15],
  ["openai",     "gpt-5.4",         300_000,  "default",   "none",    5,     22.5],
] as const)("highestRates: %s %s, %d tokens, tier %p, cache writes %s", (vendor, model, inputTokens, askedTier, cacheWrites, input, output) => {
  const expected = { vendor, host: "h.example", model, atMs: NOW, inputTokens, askedTier, cacheWrites }
  expect(highestRates(BOOK, expected)).toEqual({ input: input * 1_000_000, output: output * 1_000_000 })
})

test("highestRates: no request costs more than they say, and an unknown model has none", () => {
  const expected = { vendor: "openai", host: "h", atMs: NOW, askedTier: undefined, cacheWrites: "hour" } as const
  expect(highestRates(BOOK, { ...expected, model: "gpt-unheard-of", inputTokens: 1 })).toBeUndefined()
  for (const { vendor, models, long, tiers } of PRICE_TABLE) {
    const [model = ""] = models
    for (const tier of ["standard", "flex", "priority"] as const) {
      if (tier !== "standard" && tiers?.[tier] === undefined) continue
      for (const total of [1000, 1_000_000]) {
        const rates = highestRates(BOOK, { ...expected, vendor, model, inputTokens: total })
        for (const kind of ["input", "read", "write", "hour"] as const) {
          const parts = kind === "hour" ? { write: total, hour: total } : { [kind]: total }
          const asked = requestOf(model, { ...(vendor && { vendor }), tier, output: 10_000, ...parts })
          const result = priceRequest(BOOK, asked)
          const most = (total * (rates?.input ?? 0) + 10_000 * (rates?.output ?? 0)) / 1_000_000
          expect(result.outcome === "priced" && result.costMicroUsd <= most).toBe(true)
        }
      }
    }
    expect(long === undefined || long.aboveInputTokens < 1_000_000).toBe(true)
  }
})

test("ten thousand small requests add up to the invoice's cent", () => {
  const asked = { input: 37, read: 1_211, write: 83, hour: 11, output: 29 }
  let sum = 0
  for (let index = 0; index < 10_000; index++) {
    const result = priceRequest(BOOK, requestOf("claude-sonnet-4-6", { ...asked, output: 29 + (index % 7) }))
    if (result.outcome === "priced") sum += result.costMicroUsd
  }
  // In dollars: input 3, cached 0.30, written 3.75 and 6, output 15 a million; the output's mean is 29 + 29_994 / 10_000.
  const each = 37 * 3 + 1_211 * 0.3 + 72 * 3.75 + 11 * 6
  const invoice = 10_000 * each + (10_000 * 29 + 29_994) * 15
  expect(Math.abs(sum - invoice)).toBeLessThan(10_000)
})

test("every row is whole numbers, dearest where it should be, and no two say the same of one day", () => {
  const named = PRICE_TABLE.flatMap(({ vendor, models, fromMs }) =>
    models.map((model) => `${vendor} ${model} ${fromMs}`),
  )
  expect(named).toEqual([...new Set(named)])
  for (const row of PRICE_TABLE) {
    const all = [row.rates, row.long?.rates, ...Object.values(row.tiers ?? {})].filter((rates) => rates !== undefined)
    for (const rates of all) {
      expect(Object.values(rates).every((rate) => Number.isSafeInteger(rate) && rate >= 0)).toBe(true)
      expect([rates.cacheRead <= rates.input, rates.cacheWrite >= rates.input]).toEqual([true, true])
    }
    expect(Number.isSafeInteger(row.fromMs)).toBe(true)
  }
})

function requestOf(model: string, { vendor = "anthropic", atMs = NOW, tier = "standard", ...asked }: Asked) {
  const { input = 0, read = 0, write = 0, hour = 0, output = 0 } = asked
  const usage = {
    inputTokens: input,
    cacheReadTokens: read,
    cacheWriteTokens: write,
    outputTokens: output,
    reasoningTokens: 0,
  }
  const host = `api.${vendor}.com`
  return { vendor, host, model, atMs, tier, usage, cacheWriteHourTokens: hour }
}
