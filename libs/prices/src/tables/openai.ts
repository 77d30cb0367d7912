// OpenAI's prices, as printed in July 2026, dollars a million tokens.
//
// Cached input has a price of its own; only the newest models ask for writing to the cache. Batches and
// flex cost half where they are offered.

import type { PriceRow } from "@bot-bottle/contracts"
import { type PrintedRates, type PrintedRow, printedRow, scaled } from "./usd-row.ts"

/** Of models that offer both for half the price. */
const halves = { flex: "half", batch: "half" } as const

export const OPENAI_PRICES: readonly PriceRow[] = [
  model("2024-08-06", ["gpt-4o"], cached(2.5, 1.25, 10), { priority: cached(4.25, 2.125, 17), batch: "half" }),
  model("2024-07-18", ["gpt-4o-mini"], cached(0.15, 0.075, 0.6), { priority: cached(0.25, 0.125, 1), batch: "half" }),
  model("2025-04-14", ["gpt-4.1"], cached(2, 0.5, 8), { priority: cached(3.5, 0.875, 14), batch: "half" }),
  model("2025-04-14", ["gpt-4.1-mini"], cached(0.4, 0.1, 1.6), { priority: cached(0.7, 0.175, 2.8), batch: "half" }),
  model("2025-04-14", ["gpt-4.1-nano"], cached(0.1, 0.025, 0.4), { priority: cached(0.2, 0.05, 0.8), batch: "half" }),
  model("2025-06-10", ["o3"], cached(2, 0.5, 8), { priority: cached(3.5, 0.875, 14), flex: "half" }),
  model("2025-04-16", ["o4-mini"], cached(1.1, 0.275, 4.4), { priority: cached(2, 0.5, 8), flex: "half" }),
  model("2025-01-31", ["o3-mini"], cached(1.1, 0.55, 4.4)),
  model("2025-08-07", ["gpt-5", "gpt-5.1"], cached(1.25, 0.125, 10), { priority: cached(2.5, 0.25, 20), flex: "half" }),
  model("2025-08-07", ["gpt-5-chat", "gpt-5-codex", "gpt-5.1-codex", "gpt-5.1-codex-max"], cached(1.25, 0.125, 10)),
  model("2025-08-07", ["gpt-5-mini"], cached(0.25, 0.025, 2), { priority: cached(0.45, 0.045, 3.6), flex: "half" }),
  model("2025-11-13", ["gpt-5.1-codex-mini"], cached(0.25, 0.025, 2), { priority: cached(0.45, 0.045, 3.6) }),
  model("2025-08-07", ["gpt-5-nano"], cached(0.05, 0.005, 0.4), { flex: "half" }),
  model("2025-10-06", ["gpt-5-pro"], { input: 15, output: 120 }, { batch: "half" }),
  model("2025-12-11", ["gpt-5.2", "gpt-5.2-codex", "gpt-5.3-codex"], cached(1.75, 0.175, 14), {
    priority: cached(3.5, 0.35, 28),
  }),
  model("2026-03-05", ["gpt-5.4"], cached(2.5, 0.25, 15), {
    ...halves,
    priority: cached(5, 0.5, 30),
    long: cached(5, 0.5, 22.5),
  }),
  model("2026-03-17", ["gpt-5.4-mini"], cached(0.75, 0.075, 4.5), { ...halves, priority: cached(1.5, 0.15, 9) }),
  model("2026-03-17", ["gpt-5.4-nano"], cached(0.2, 0.02, 1.25), halves),
  model("2026-04-23", ["gpt-5.5"], cached(5, 0.5, 30), {
    ...halves,
    priority: cached(10, 1, 60),
    long: cached(10, 1, 45),
  }),
  model("2024-01-25", ["text-embedding-3-small"], { input: 0.02, output: 0 }, { batch: "half" }),
  model("2024-01-25", ["text-embedding-3-large"], { input: 0.13, output: 0 }, { batch: "half" }),
]

interface Others {
  readonly flex?: "half"
  readonly batch?: "half"
  readonly priority?: PrintedRates
  readonly long?: PrintedRates
}

function model(from: string, models: readonly string[], usd: PrintedRates, others: Others = {}): PriceRow {
  const { flex, batch, priority, long } = others
  const row: PrintedRow = {
    models,
    from,
    usd,
    ...(long !== undefined && { long: { aboveInputTokens: 272_000, usd: long } }),
    ...(priority !== undefined && { priority }),
    ...(flex !== undefined && { flex: scaled(usd, 0.5) }),
    ...(batch !== undefined && { batch: scaled(usd, 0.5) }),
  }
  return printedRow({ vendor: "openai" }, row)
}

function cached(input: number, cacheRead: number, output: number): PrintedRates {
  return { input, cacheRead, output }
}
