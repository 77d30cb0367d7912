// The shape of a price: a vendor's models from a day on, in whole micro-dollars a million tokens.
//
// A row is never changed when a price changes: a new one is added, with the day it holds from.
// Requests made before keep the cost they had.

/** The vendor that bills the account. A gateway's prices are the gateway's own. */
export type Vendor = "anthropic" | "openai"

/** How a vendor's answer says it served the request. */
export type ServiceTier = "standard" | "flex" | "batch" | "priority"

/** Micro-dollars a million tokens. */
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
  readonly vendor: Vendor
  /** Each stands for itself and for its dated releases. */
  readonly models: readonly string[]
  readonly fromMs: number
  readonly rates: Rates
  /** Of a request whose whole input is larger; a vendor may then ask more for all of it. */
  readonly long?: { readonly aboveInputTokens: number; readonly rates: Rates }
  /** Instead of `rates`, and where there is one, of `long` too. */
  readonly tiers?: Partial<Readonly<Record<Exclude<ServiceTier, "standard">, Rates>>>
}

const RELEASE = /^(?:-\d{8}|-\d{4}-\d{2}-\d{2}|-latest)$/

/** The row in force for a model at a moment; undefined when none is known. */
export function findPriceRow(
  rows: readonly PriceRow[],
  { vendor, model, atMs }: { readonly vendor: Vendor; readonly model: string; readonly atMs: number },
): PriceRow | undefined {
  const isOf = ({ models }: PriceRow) =>
    models.some((name) => model === name || (model.startsWith(name) && RELEASE.test(model.slice(name.length))))
  return rows
    .filter((row) => row.vendor === vendor && row.fromMs <= atMs && isOf(row))
    .reduce<PriceRow | undefined>(
      (last, row) => (last === undefined || row.fromMs >= last.fromMs ? row : last),
      undefined,
    )
}
