// Prices one request: its tokens at the rates in force, to the micro-dollar.
//
// A request whose model or tier no row names has no price. It is never taken for free.

import type { Usage } from "@bot-bottle/contracts"
import { findPriceRow, type PriceRow, type Rates, type ServiceTier, type Vendor } from "./price-table.ts"

export interface PricedRequest {
  readonly vendor: Vendor
  readonly model: string
  readonly atMs: number
  readonly usage: Usage
  /** Of `usage.cacheWriteTokens`, those kept for an hour. */
  readonly cacheWriteHourTokens: number
  readonly tier: ServiceTier
}

export type PriceResult =
  | { readonly outcome: "priced"; readonly costMicroUsd: number }
  | { readonly outcome: "unpriced"; readonly reason: "unknown-model" | "unknown-tier" }

export function priceRequest(rows: readonly PriceRow[], request: PricedRequest): PriceResult {
  const row = findPriceRow(rows, request)
  if (row === undefined) return { outcome: "unpriced", reason: "unknown-model" }
  const rates = ratesOf(row, request)
  if (rates === undefined) return { outcome: "unpriced", reason: "unknown-tier" }
  return { outcome: "priced", costMicroUsd: costOf(request, rates) }
}

function ratesOf({ rates, long, tiers }: PriceRow, { tier, usage }: PricedRequest): Rates | undefined {
  if (tier !== "standard") return tiers?.[tier]
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  return long !== undefined && input > long.aboveInputTokens ? long.rates : rates
}

/** Summed exactly, and rounded once: a rounding for each kind would add up over many small requests. */
function costOf({ usage, cacheWriteHourTokens }: PricedRequest, rates: Rates): number {
  const hour = Math.min(cacheWriteHourTokens, usage.cacheWriteTokens)
  const parts: readonly (readonly [tokens: number, rate: number])[] = [
    [usage.inputTokens, rates.input],
    [usage.cacheReadTokens, rates.cacheRead],
    [usage.cacheWriteTokens - hour, rates.cacheWrite],
    [hour, rates.cacheWriteHour],
    [usage.outputTokens, rates.output],
  ]
  const total = parts.reduce((sum, [tokens, rate]) => sum + BigInt(tokens) * BigInt(rate), 0n)
  return Number((total + MILLION / 2n) / MILLION)
}

const MILLION = 1_000_000n
