// The rows of a price table, which a vendor prints or an operator writes down.

/** The vendor that bills the account. A gateway's prices are the gateway's own. */
export type Vendor = "anthropic" | "openai"

/** How a vendor's answer says it served the request. */
export const SERVICE_TIERS = ["standard", "flex", "batch", "priority"] as const
export type ServiceTier = (typeof SERVICE_TIERS)[number]

/** Whole micro-dollars a million tokens. */
export interface Rates {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  /** For five minutes, or as long as the vendor keeps it where it has one price. */
  readonly cacheWrite: number
  /** Kept for an hour. */
  readonly cacheWriteHour: number
}

export interface PriceRow {
  /** Absent: whoever bills. */
  readonly vendor?: Vendor
  /** The only host whose requests have this price. Absent: every host's. */
  readonly host?: string
  /** Each stands for itself and for its dated releases; one that ends in `*` for every model that begins so. */
  readonly models: readonly string[]
  readonly fromMs: number
  readonly rates: Rates
  /** Of a request whose whole input is larger; a vendor may then ask more for all of it. */
  readonly long?: { readonly aboveInputTokens: number; readonly rates: Rates }
  /** Instead of `rates`, and where there is one, of `long` too. */
  readonly tiers?: Partial<Readonly<Record<Exclude<ServiceTier, "standard">, Rates>>>
}
