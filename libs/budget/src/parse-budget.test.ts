import { expect, test } from "bun:test"
import { HOST_SCOPE, USD } from "@bot-bottle/contracts"
import {
  formatLimit,
  formatScope,
  formatTokenCount,
  parseBudgetChange,
  parseBudgetFlag,
  parseLimit,
  parseScope,
  parseTokenCount,
} from "./parse-budget.ts"

// biome-ignore format: a table
test.each([
  // typed                     tokens or the problem
  ["1500",                     1500],
  ["0",                        0],
  ["500k",                     500_000],
  ["500K",                     500_000],
  ["2M",                       2_000_000],
  ["2m",                       2_000_000],
  [" 2 M ",                    2_000_000],
  ["1B",                       1_000_000_000],
  ["1.5M",                     1_500_000],
  ["1.50M",                    1_500_000],
  ["0.001k",                   1],
  ["1500.0",                   1500],
  ["1_500_000",                1_500_000],
  ["+5",                       5],
  ["007",                      7],
  ["9007199254740991",         9_007_199_254_740_991],
  [1500,                       1500],
  [2.5e6,                      2_500_000],
  ["9007199254740992",         "too-large"],
  ["99999999B",                "too-large"],
  [1e21,                       "too-large"],
  ["1.5",                      "fraction-of-a-token"],
  ["0.0005k",                  "fraction-of-a-token"],
  ["1.2345k",                  "fraction-of-a-token"],
  [0.5,                        "fraction-of-a-token"],
  ["-1",                       "negative"],
  ["-2M",                      "negative"],
  ["-0",                       "negative"],
  [-5,                         "negative"],
  ["2T",                       "unknown-suffix"],
  ["2kk",                      "unknown-suffix"],
  ["2 tokens",                 "unknown-suffix"],
  ["1e6",                      "not-a-number"],
  ["",                         "empty"],
  ["   ",                      "empty"],
  ["k",                        "not-a-number"],
  [".5M",                      "not-a-number"],
  ["1.M",                      "not-a-number"],
  ["1,500",                    1500],
  ["1,234,567",                1_234_567],
  ["1,50",                     "not-a-number"],
  ["1,5000",                   "not-a-number"],
  [",500",                     "not-a-number"],
  ["1_5,000",                  "not-a-number"],
  ["_1",                       "not-a-number"],
  ["1__0",                     "not-a-number"],
  ["0x10",                     "not-a-number"],
  ["NaN",                      "not-a-number"],
  ["lots",                     "not-a-number"],
  ["٣",                        "not-a-number"],
  [Number.NaN,                 "not-a-number"],
  [Number.POSITIVE_INFINITY,   "not-a-number"],
  [true,                       "not-a-number"],
  [null,                       "not-a-number"],
  [undefined,                  "not-a-number"],
  [[1],                        "not-a-number"],
] as const)("%p is %p", (typed, expected) => {
  const result = parseTokenCount(typed)
  expect(result.outcome === "parsed" ? result.tokens : result.reason).toBe(expected)
})

// biome-ignore format: a table
test.each([
  // typed                          meaning
  ["1500",                          1500],
  ["2M",                            2_000_000],
  ["claude=2M",                     { claude: 2_000_000 }],
  ["claude=2M,codex=500k",          { claude: 2_000_000, codex: 500_000 }],
  ["claude=100,000,codex=5",        { claude: 100_000, codex: 5 }],
  ["100,000",                       100_000],
  [" claude = 2M , codex = 500k ",  { claude: 2_000_000, codex: 500_000 }],
  ["$5",                            { usd: 5_000_000 }],
  ["usd=0.25",                      { usd: 250_000 }],
  ["usd=$5,claude=2M",              { usd: 5_000_000, claude: 2_000_000 }],
  ["claude=2M,$1,500",              { usd: 1_500_000_000, claude: 2_000_000 }],
  ["2M,$5",                         { everyProvider: 2_000_000, usd: 5_000_000 }],
  ["$5,usd=6",                      "duplicate-provider"],
  ["claude=$5",                     "not-a-number"],
  ["claude=2M,claude=2M",           "duplicate-provider"],
  ["claude=2M,",                    "missing-provider"],
  [",claude=2M",                    "missing-provider"],
  ["=2M",                           "missing-provider"],
  ["1500,claude=2M",                "missing-provider"],
  ["claude=2M=3M",                  "missing-provider"],
  ["claude=",                       "empty"],
  ["claude=-1",                     "negative"],
  ["claude=1.5",                    "fraction-of-a-token"],
  ["claude=2M codex=3M",            "missing-provider"],
  ["1500,2000",                     "duplicate-provider"],
  ["",                              "empty"],
] as const)("--budget %p means %p", (typed, expected) => {
  const result = parseBudgetFlag(typed)
  if (result.outcome === "refused") return expect(result.reason).toBe(expected as never)
  const byName = Object.fromEntries(result.byName)
  const { everyProvider } = result
  const all = everyProvider === undefined ? byName : result.byName.size === 0 ? everyProvider : { everyProvider, ...byName }
  expect(all).toEqual(expected as never)
})

// biome-ignore format: a table
test.each([
  ["5M",       { kind: "limit", tokens: 5_000_000 }],
  ["100,000",  { kind: "limit", tokens: 100_000 }],
  ["+100k",    { kind: "raise", tokens: 100_000 }],
  ["-100,000", { kind: "lower", tokens: 100_000 }],
  ["+",        "empty"],
  ["-",        "empty"],
  ["-+5",      "not-a-number"],
  ["+-5",      "not-a-number"],
  ["++5",      "not-a-number"],
  ["lots",     "not-a-number"],
] as const)("parseBudgetChange: %p is %j", (text, expected) => {
  const result = parseBudgetChange("claude", text)
  if (result.outcome === "refused") return expect(result.reason).toBe(expected as never)
  expect({ kind: result.kind, tokens: result.tokens }).toEqual(expected as never)
})

test.each([
  [0, "0"],
  [1500, "1.5k"],
  [1234, "1234"],
  [200_000, "200k"],
  [1_500_000, "1.5M"],
  [1_234_567, "1234567"],
] as const)("formatTokenCount: %p is %p, which reads back as itself", (tokens, text) => {
  expect(formatTokenCount(tokens)).toBe(text)
  expect(parseTokenCount(text)).toEqual({ outcome: "parsed", tokens })
})

// biome-ignore format: a table
test.each([
  ["5",           5_000_000],
  ["$5",          5_000_000],
  ["$ 5",         "not-a-number"],
  [0.25,          250_000],
  ["$0.000001",   1],
  ["$1,250.50",   1_250_500_000],
  ["2k",          2_000_000_000],
  ["0",           0],
  ["$0.0000001",  "fraction-of-a-token"],
  ["-$5",         "negative"],
  ["5 EUR",       "unknown-suffix"],
  ["lots",        "not-a-number"],
  ["9999999999",  "too-large"],
] as const)("parseLimit: %p dollars are %p micro-dollars", (typed, expected) => {
  const result = parseLimit(USD, typed)
  expect(result.outcome === "parsed" ? result.tokens : result.reason).toEqual(expected as never)
})

test("parseLimit: dollars are not a number of tokens", () => {
  expect(parseLimit("claude", "$5")).toMatchObject({ outcome: "refused", reason: "not-a-number" })
})

test.each([
  [0, "0"],
  [5_000_000, "5"],
  [1_234_500_000, "1234.50"],
  [1, "0.000001"],
] as const)("formatLimit: %p micro-dollars are %p, which reads back as itself", (amount, text) => {
  expect(formatLimit(USD, amount)).toBe(text)
  expect(parseLimit(USD, text)).toEqual({ outcome: "parsed", tokens: amount })
})

test("a problem names the provider and what was typed", () => {
  expect(parseBudgetFlag("claude=2M,codex=1.5")).toEqual({
    outcome: "refused",
    reason: "fraction-of-a-token",
    message: "Budget of codex: '1.5' is not a whole number of tokens",
  })
})

// biome-ignore format: a table
test.each([
  ["host",             HOST_SCOPE],
  ["bottle:dev",       { kind: "bottle", key: "dev" }],
  ["agent:impl",       { kind: "agent", key: "impl" }],
  ["run:impl-abc12",   { kind: "run", key: "impl-abc12" }],
] as const)("the scope %p reads as %p and prints as itself", (text, scope) => {
  expect(parseScope(text)).toEqual({ outcome: "parsed", scope })
  expect(formatScope(scope)).toBe(text)
})

test.each(["", "Host", "host:", "host:x", "bottle", "bottle:", "forge:x", "dev"])("%p is not a scope", (text) => {
  expect(parseScope(text)).toMatchObject({ outcome: "refused", reason: "unknown-scope" })
})
