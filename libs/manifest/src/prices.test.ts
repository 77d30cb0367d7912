import { expect, test } from "bun:test"
import { parsePrices } from "./prices.ts"

test("a price in dollars a million tokens, with what it does not say taken from the input's", () => {
  const text = `
prices:
  - model: qwen3-*
    input: 0.3
    output: 1.2
  - model: claude-opus-5
    host: gateway.example:8443
    from: 2026-07-01
    input: 5
    output: 25
    cache_read: 0.5
    cache_write: 6.25
    cache_write_1h: 10
    long: { above: 200000, input: 10, output: 37.5 }
    batch: { input: 2.5, output: 12.5 }
    priority: { input: 6, output: 30 }
`
  expect(parsePrices(text, "prices.yml")).toEqual({
    outcome: "parsed",
    prices: [
      { models: ["qwen3-*"], fromMs: 0, rates: rates(0.3, 1.2) },
      {
        host: "gateway.example:8443",
        models: ["claude-opus-5"],
        fromMs: Date.parse("2026-07-01T00:00:00Z"),
        rates: { input: 5e6, output: 25e6, cacheRead: 5e5, cacheWrite: 6_250_000, cacheWriteHour: 10e6 },
        long: { aboveInputTokens: 200_000, rates: rates(10, 37.5) },
        tiers: { batch: rates(2.5, 12.5), priority: rates(6, 30) },
      },
    ],
  })
})

// biome-ignore format: a table
test.each([
  // a row                                                        line, and what is said
  ["- { model: m, input: 1 }",                                    "2: 'prices[0]' needs 'input' and 'output'"],
  ["- { input: 1, output: 1 }",                                   "2: 'prices[0]' needs 'model'"],
  ["- { model: m, input: -1, output: 1 }",                        "2: 'prices[0].input' must be a number from 0 to 1000000, not '-1'"],
  ["- { model: m, input: $1, output: 1 }",                        "2: 'prices[0].input' must be a number from 0 to 1000000, not '$1'"],
  ["- { model: m, input: 0.0000001, output: 1 }",                 "2: 'prices[0].input' has more than six digits behind the point"],
  ["- { model: m, input: 1, ouput: 1 }",                          "2: unknown key 'ouput' in 'prices[0]'; did you mean 'output'?"],
  ["- { model: 'a b', input: 1, output: 1 }",                     "2: 'prices[0].model' must be the name of a model, or the beginning of names with '*' behind it, not 'a b'"],
  ["- { model: m, from: July, input: 1, output: 1 }",             "2: 'prices[0].from' must be a day, such as 2026-07-01, not 'July'"],
  ["- { model: m, host: 'a/b', input: 1, output: 1 }",            "2: 'prices[0].host' must be a host, with its port when that is not the usual one, not 'a/b'"],
  ["- { model: m, input: 1, output: 1, long: { input: 2, output: 2 } }", "2: 'prices[0].long' needs 'above': the input tokens from which it holds"],
  ["- { model: m, input: 1, output: 1, batch: { input: 2 } }",    "2: 'prices[0].batch' needs 'input' and 'output'"],
] as const)("%s is refused by its line", (row, problem) => {
  const result = parsePrices(`prices:\n  ${row}\n`, "prices.yml")
  expect(result.outcome === "broken" && result.problems.map(({ line, message }) => `${line}: ${message}`)).toContain(problem)
})

test("an empty list of prices counts as absent, and a price by model is refused", () => {
  expect(parsePrices("prices: []\n", "prices.yml")).toEqual({ outcome: "parsed", prices: [] })
  expect(parsePrices("claude-opus-5: 5\n", "prices.yml").outcome).toBe("broken")
})

function rates(input: number, output: number) {
  const each = Math.round(input * 1e6)
  return { input: each, output: Math.round(output * 1e6), cacheRead: each, cacheWrite: each, cacheWriteHour: each }
}
