// Prices a settlement by the vendor's own table, under the prices in force now.
//
// Only the vendors' own hosts have these prices: a gateway asks its own. Where no price is known the
// settlement carries none, which the ledger counts.

import type { Usage } from "@bot-bottle/contracts"
import type { Settlement } from "@bot-bottle/ledger"
import type { MeterReading } from "@bot-bottle/model-apis"
import { PRICE_TABLE, priceRequest, type ServiceTier, type Vendor } from "@bot-bottle/prices"

export interface PricedPlace {
  /** The canonical host, as messages name it. */
  readonly place: string
  /** As the request names it; the answer's word comes first. */
  readonly model: string
  readonly nowMs: number
}

const VENDORS: Readonly<Record<string, Vendor>> = {
  "api.anthropic.com": "anthropic",
  "api.openai.com": "openai",
}
const TIERS: readonly ServiceTier[] = ["flex", "batch", "priority"]

export function withCost(
  settlement: Settlement,
  { place, model, nowMs }: PricedPlace,
  { cacheWriteHourTokens = 0, serviceTier }: Pick<MeterReading, "cacheWriteHourTokens" | "serviceTier"> = {},
): Settlement {
  const usage = wholeUsage(settlement)
  if (totalOf(usage) === 0) return { ...settlement, costMicroUsd: 0 }
  const vendor = VENDORS[place]
  const tier = serviceTier === undefined ? "standard" : TIERS.find((one) => one === serviceTier)
  if (vendor === undefined || tier === undefined) return settlement
  const asked = { vendor, model: settlement.model ?? model, atMs: nowMs, usage, cacheWriteHourTokens, tier }
  const priced = priceRequest(PRICE_TABLE, asked)
  return priced.outcome === "priced" ? { ...settlement, costMicroUsd: priced.costMicroUsd } : settlement
}

/** A charge above what was seen is for output that nobody saw. */
function wholeUsage({ usage, atLeastTokens = 0 }: Settlement): Usage {
  const unseen = Math.max(0, atLeastTokens - totalOf(usage))
  return { ...usage, outputTokens: usage.outputTokens + unseen }
}

function totalOf({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens }: Usage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens
}
