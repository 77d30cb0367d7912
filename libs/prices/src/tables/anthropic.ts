// Anthropic's prices, as printed in July 2026, dollars a million tokens.
//
// All models alike: cache reads cost a tenth of input, writes 1.25 of it for five minutes and 2 for an
// hour, batches half of everything.

import type { PriceRow } from "@bot-bottle/contracts"
import { type PrintedRates, printedRow, scaled } from "./usd-row.ts"

export const ANTHROPIC_PRICES: readonly PriceRow[] = [
  model("2024-03-07", ["claude-3-haiku"], usual(0.25, 1.25)),
  model("2024-10-22", ["claude-3-5-haiku"], usual(0.8, 4)),
  model("2025-02-24", ["claude-3-7-sonnet"], usual(3, 15)),
  model("2025-05-22", ["claude-opus-4", "claude-opus-4-0", "claude-opus-4-1"], usual(15, 75)),
  model("2025-05-22", ["claude-sonnet-4", "claude-sonnet-4-0", "claude-sonnet-4-5"], usual(3, 15), usual(6, 22.5)),
  model("2025-10-15", ["claude-haiku-4-5"], usual(1, 5)),
  model("2025-11-24", ["claude-opus-4-5", "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8"], usual(5, 25)),
  model("2026-02-17", ["claude-sonnet-4-6"], usual(3, 15)),
  model("2026-07-01", ["claude-opus-5"], usual(5, 25)),
  model("2026-07-01", ["claude-sonnet-5"], usual(2, 10)),
]

function usual(input: number, output: number): PrintedRates {
  return { input, output, cacheRead: input * 0.1, cacheWrite: input * 1.25, cacheWriteHour: input * 2 }
}

function model(from: string, models: readonly string[], usd: PrintedRates, long?: PrintedRates): PriceRow {
  return printedRow(
    { vendor: "anthropic" },
    {
      models,
      from,
      usd,
      ...(long !== undefined && { long: { aboveInputTokens: 200_000, usd: long } }),
      batch: scaled(usd, 0.5),
    },
  )
}
