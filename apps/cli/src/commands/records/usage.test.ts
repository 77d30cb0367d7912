import { expect, test } from "bun:test"
import type { UsageRow } from "@bot-bottle/ledger"
import { costOf, formatCost, sumOfCosts } from "../../cost-of.ts"
import { createPaint } from "../../terminal/paint.ts"
import { sumOf, usageCsv, usageJson, usageTable } from "./usage.ts"

const ROWS: readonly UsageRow[] = [rowOf("claude-sonnet", 2), rowOf('odd,"name"', 1)]

test("usageJson: every key", () => {
  expect(usageJson("model", ROWS, sumOf(ROWS), sumOfCosts(ROWS))).toEqual({
    rows: [
      {
        model: "claude-sonnet",
        requests: 2,
        refused_requests: 4,
        estimated_requests: 6,
        input_tokens: 20,
        output_tokens: 40,
        cache_read_tokens: 60,
        cache_write_tokens: 80,
        reasoning_tokens: 100,
        charged_tokens: 2000,
        cost_usd: 3,
        unpriced_requests: 0,
      },
      {
        model: 'odd,"name"',
        requests: 1,
        refused_requests: 2,
        estimated_requests: 3,
        input_tokens: 10,
        output_tokens: 20,
        cache_read_tokens: 30,
        cache_write_tokens: 40,
        reasoning_tokens: 50,
        charged_tokens: 1000,
        cost_usd: 1.5,
        unpriced_requests: 0,
      },
    ],
    totals: {
      requests: 3,
      refused_requests: 6,
      estimated_requests: 9,
      input_tokens: 30,
      output_tokens: 60,
      cache_read_tokens: 90,
      cache_write_tokens: 120,
      reasoning_tokens: 150,
      charged_tokens: 3000,
      cost_usd: 4.5,
      unpriced_requests: 0,
    },
  })
})

test("usageCsv: a header, then one line a row, quoted where it must be", () => {
  expect(usageCsv("model", ROWS)).toEqual([
    "model,requests,refused_requests,estimated_requests,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,reasoning_tokens,charged_tokens,cost_usd,unpriced_requests",
    "claude-sonnet,2,4,6,20,40,60,80,100,2000,3,0",
    '"odd,""name""",1,2,3,10,20,30,40,50,1000,1.5,0',
  ])
})

test("usageTable: sessions stand below the ones that started them, also those whose names go in a circle", () => {
  const session = (key: string, parent?: string): UsageRow => ({
    ...rowOf(key, 1),
    session: { parent, run: "fix-abc12" },
  })
  const rows = [
    session("b1", "b"),
    session("a"),
    session("b"),
    session("b2", "b1"),
    session(""),
    session("x", "y"),
    session("y", "x"),
    session("z", "gone"),
  ]
  const lines = usageTable("session", rows, sumOf(rows), sumOfCosts(rows), { paint: createPaint(false), width: 200 })
  expect(lines.slice(1, 9).map((line) => line.replace(/ {2,}\d.*$/, ""))).toEqual([
    "a of fix-abc12",
    "b of fix-abc12",
    "└ b1",
    "  └ b2",
    "(none) of fix-abc12",
    "z",
    "x",
    "y",
  ])
})

test("usageJson: a session with the one that started it, and its run", () => {
  const row: UsageRow = { ...rowOf("a", 1), session: { parent: "b", run: "fix-abc12" } }
  expect(usageJson("session", [row], {}, sumOfCosts([])).rows[0]).toMatchObject({
    session: "a",
    parent_session: "b",
    run: "fix-abc12",
  })
})

test("usageTable: a total line only when there is something to add up", () => {
  const screen = { paint: createPaint(false), width: 80 }
  expect(usageTable("model", ROWS, sumOf(ROWS), sumOfCosts(ROWS), screen).at(-3)).toStartWith("total")
  expect(usageTable("model", ROWS.slice(0, 1), sumOf(ROWS), sumOfCosts(ROWS), screen).at(1)).toStartWith(
    "claude-sonnet",
  )
})

function rowOf(key: string, times: number): UsageRow {
  return {
    key,
    requests: times,
    refusedRequests: 2 * times,
    estimatedRequests: 3 * times,
    usage: {
      inputTokens: 10 * times,
      outputTokens: 20 * times,
      cacheReadTokens: 30 * times,
      cacheWriteTokens: 40 * times,
      reasoningTokens: 50 * times,
    },
    chargedTokens: 1000 * times,
    costMicroUsd: 1_500_000 * times,
    unpricedRequests: 0,
  }
}

// biome-ignore format: a table
test.each([
  // requests, micro-dollars, unpriced      cost in JSON  in the table
  [2,          1_500_000,     0,            1.5,          "$1.50"],
  [2,          1_500_000,     1,            1.5,          "$1.50"],
  [2,          4_200,         0,            0.0042,       "$0.0042"],
  [2,          0,             2,            null,         "-"],
  // A request without tokens costs nothing, and says nothing of the others.
  [10,         0,             6,            null,         "-"],
  [0,          0,             0,            0,            "$0.00"],
] as const)("of %p requests that cost %p, %p of them without a price, the cost is %p", (requests, costMicroUsd, unpricedRequests, usd, text) => {
  const cost = costOf({ requests, costMicroUsd, unpricedRequests })
  expect([cost, formatCost(cost)]).toEqual([usd, text])
})

test("usageTable: a cost only where something has a price, and a word on what has none", () => {
  const screen = { paint: createPaint(false), width: 200 }
  const priced = [{ ...rowOf("a", 2), unpricedRequests: 1 }]
  const table = (rows: readonly UsageRow[]) =>
    usageTable("model", rows, sumOf(rows), sumOfCosts(rows), screen).join("\n")
  expect(table(priced)).toContain("$3.00")
  expect(table(priced)).toContain("COST leaves out 1 request without a price.")
  expect(table([{ ...rowOf("a", 2), costMicroUsd: 0, unpricedRequests: 2 }])).not.toContain("COST")
})
