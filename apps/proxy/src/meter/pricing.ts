// Prices a request: at most before it leaves, exactly when it settles, under the prices in force then.
//
// The vendors' tables hold for the vendors' own hosts; a gateway's prices are the operator's to give. Where
// no price is known the settlement carries none, which the ledger counts.

import type { HighestRates } from "@bot-bottle/budget"
import type { PriceRow, ServiceTier, Usage, Vendor } from "@bot-bottle/contracts"
import type { Settlement } from "@bot-bottle/ledger"
import type { MeterReading, ModelRequest } from "@bot-bottle/model-apis"
import { highestRates, PRICE_TABLE, type PriceBook, priceRequest } from "@bot-bottle/prices"

export interface Pricing {
  /** `place` is the canonical host, as messages name it. Undefined: the model has no price there. */
  highest(model: ModelRequest, place: string): HighestRates | undefined
  withCost(settlement: Settlement, request: PricedPlace, facts: PricingFacts): Settlement
}

export interface PricedPlace {
  readonly place: string
  /** As the request names it; the answer's word comes first. */
  readonly model: string
}

/** Of the answer. */
export type PricingFacts = Pick<MeterReading, "cacheWriteHourTokens" | "serviceTier">

export interface PricingOptions {
  /** The operator's own. */
  readonly own: () => readonly PriceRow[]
  readonly nowMs: () => number
}

const VENDORS: Readonly<Record<string, Vendor>> = {
  "api.anthropic.com": "anthropic",
  "api.openai.com": "openai",
}
const TIERS: readonly ServiceTier[] = ["flex", "batch", "priority"]

export function createPricing({ own, nowMs }: PricingOptions): Pricing {
  const book = (): PriceBook => ({ own: own(), vendors: PRICE_TABLE })
  const at = (place: string, model: string) => ({ vendor: VENDORS[place], host: place, model, atMs: nowMs() })
  return {
    highest: ({ model, inputTokens, serviceTier: askedTier, cacheWrites = "hour" }, place) =>
      highestRates(book(), { ...at(place, model), inputTokens, askedTier, cacheWrites }),

    withCost(settlement, { place, model }, { cacheWriteHourTokens = 0, serviceTier }) {
      const usage = wholeUsage(settlement)
      if (totalOf(usage) === 0) return { ...settlement, costMicroUsd: 0 }
      const tier = serviceTier === undefined ? "standard" : TIERS.find((one) => one === serviceTier)
      if (tier === undefined) return settlement
      const asked = { ...at(place, settlement.model ?? model), usage, cacheWriteHourTokens, tier }
      const priced = priceRequest(book(), asked)
      return priced.outcome === "priced" ? { ...settlement, costMicroUsd: priced.costMicroUsd } : settlement
    },
  }
}

/** A charge above what was seen is for output that nobody saw. */
function wholeUsage({ usage, atLeastTokens = 0 }: Settlement): Usage {
  const unseen = Math.max(0, atLeastTokens - totalOf(usage))
  return { ...usage, outputTokens: usage.outputTokens + unseen }
}

function totalOf({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens }: Usage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens
}
