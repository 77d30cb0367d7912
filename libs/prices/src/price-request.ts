// Prices one request: its tokens at the rates in force, to the micro-dollar.
//
// A request whose model or tier no row names has no price. It is never taken for free.

import type { PriceRow, Rates, ServiceTier, Usage } from "@bot-bottle/contracts"
import { findPriceRow, type Priced } from "./price-table.ts"

/** The operator's own prices, and the vendors'. The operator's word comes first, whatever its date. */
export interface PriceBook {
  readonly own: readonly PriceRow[]
  readonly vendors: readonly PriceRow[]
}

export interface PricedRequest extends Priced {
  readonly usage: Usage
  /** Of `usage.cacheWriteTokens`, those kept for an hour. */
  readonly cacheWriteHourTokens: number
  readonly tier: ServiceTier
}

export type PriceResult =
  | { readonly outcome: "priced"; readonly costMicroUsd: number }
  | { readonly outcome: "unpriced"; readonly reason: "unknown-model" | "unknown-tier" }

export function priceRequest(book: PriceBook, request: PricedRequest): PriceResult {
  const row = findInBook(book, request)
  if (row === undefined) return { outcome: "unpriced", reason: "unknown-model" }
  const rates = ratesOf(row, request)
  if (rates === undefined) return { outcome: "unpriced", reason: "unknown-tier" }
  return { outcome: "priced", costMicroUsd: costOf(request, rates) }
}

/** The facts of a request before it leaves. */
export interface ExpectedRequest extends Priced {
  /** At most. */
  readonly inputTokens: number
  /** How it asks to be served. Absent: the account decides. */
  readonly askedTier: string | undefined
  readonly cacheWrites: "none" | "minutes" | "hour"
}

/** The highest prices that can apply, for input of any kind and for output. Undefined when the model has none. */
export function highestRates(
  book: PriceBook,
  request: ExpectedRequest,
): { readonly input: number; readonly output: number } | undefined {
  const row = findInBook(book, request)
  if (row === undefined) return undefined
  const possible = possibleRates(row, request)
  const input = possible.map(({ input, cacheRead, cacheWrite, cacheWriteHour }) => {
    const writes = { none: [], minutes: [cacheWrite], hour: [cacheWrite, cacheWriteHour] }[request.cacheWrites]
    return Math.max(input, cacheRead, ...writes)
  })
  return { input: Math.max(...input), output: Math.max(...possible.map(({ output }) => output)) }
}

/** A batch is another call, which no bottle may make. A request is served as it asks, or as usual. */
function possibleRates(
  { rates, long, tiers }: PriceRow,
  { inputTokens, askedTier }: ExpectedRequest,
): readonly Rates[] {
  const usual = long !== undefined && inputTokens > long.aboveInputTokens ? [rates, long.rates] : [rates]
  const isPlain = askedTier !== undefined && PLAIN_TIERS.has(askedTier)
  const isFlex = askedTier === "flex"
  const others = [isPlain ? undefined : tiers?.flex, isPlain || isFlex ? undefined : tiers?.priority]
  return [...usual, ...others.filter((one) => one !== undefined)]
}

const PLAIN_TIERS: ReadonlySet<string> = new Set(["default", "standard", "standard_only"])

function findInBook({ own, vendors }: PriceBook, priced: Priced): PriceRow | undefined {
  return findPriceRow(own, priced) ?? findPriceRow(vendors, priced)
}

function ratesOf({ rates, long, tiers }: PriceRow, { tier, usage }: PricedRequest): Rates | undefined {
  if (tier !== "standard") return tiers?.[tier]
  const input = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  return long !== undefined && input > long.aboveInputTokens ? long.rates : rates
}

/**
 * Summed exactly, and rounded once, halves to the even number. Rounded for each kind, or always up, many small
 * requests would add up to cents that no invoice has.
 */
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
  const [whole, rest] = [total / MILLION, total % MILLION]
  const isUp = rest * 2n > MILLION || (rest * 2n === MILLION && whole % 2n === 1n)
  return Number(isUp ? whole + 1n : whole)
}

const MILLION = 1_000_000n
