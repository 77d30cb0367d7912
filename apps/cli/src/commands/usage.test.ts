import { expect, test } from "bun:test"
import type { UsageRow } from "@bot-bottle/ledger"
import { createPaint } from "../terminal/paint.ts"
import { sumOf, usageCsv, usageJson, usageTable } from "./usage.ts"

const ROWS: readonly UsageRow[] = [rowOf("claude-sonnet", 2), rowOf('odd,"name"', 1)]

test("usageJson: the shape of product.md, whole", () => {
  expect(usageJson("model", ROWS, sumOf(ROWS))).toEqual({
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
    },
  })
})

test("usageCsv: a header, then one line a row, quoted where it must be", () => {
  expect(usageCsv("model", ROWS)).toEqual([
    "model,requests,refused_requests,estimated_requests,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,reasoning_tokens,charged_tokens",
    "claude-sonnet,2,4,6,20,40,60,80,100,2000",
    '"odd,""name""",1,2,3,10,20,30,40,50,1000',
  ])
})

test("usageTable: a total line only when there is something to add up", () => {
  const screen = { paint: createPaint(false), width: 80 }
  expect(usageTable("model", ROWS, sumOf(ROWS), screen).at(-3)).toStartWith("total")
  expect(usageTable("model", ROWS.slice(0, 1), sumOf(ROWS), screen).at(1)).toStartWith("claude-sonnet")
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
  }
}
