// Writes a price row from dollars a million tokens, as vendors print them.

import type { PriceRow, Rates } from "@bot-bottle/contracts"

export interface PrintedRates {
  readonly input: number
  readonly output: number
  /** Absent: as input. */
  readonly cacheRead?: number
  /** Absent: as input. */
  readonly cacheWrite?: number
  /** Absent: as `cacheWrite`. */
  readonly cacheWriteHour?: number
}

export interface PrintedRow {
  readonly models: readonly string[]
  /** `2026-03-05` */
  readonly from: string
  readonly usd: PrintedRates
  readonly long?: { readonly aboveInputTokens: number; readonly usd: PrintedRates }
  readonly flex?: PrintedRates
  readonly batch?: PrintedRates
  readonly priority?: PrintedRates
}

/** Of a vendor's list, or of an operator's: then it has no vendor, and maybe a host. */
export function printedRow(
  whose: Pick<PriceRow, "vendor" | "host">,
  { models, from, usd, long, flex, batch, priority }: PrintedRow,
): PriceRow {
  const tiers = { ...tier("flex", flex), ...tier("batch", batch), ...tier("priority", priority) }
  return {
    ...whose,
    models,
    fromMs: Date.parse(`${from}T00:00:00Z`),
    rates: ratesOf(usd),
    ...(long !== undefined && { long: { aboveInputTokens: long.aboveInputTokens, rates: ratesOf(long.usd) } }),
    ...(Object.keys(tiers).length > 0 && { tiers }),
  }
}

/** The same rates times a factor, such as a vendor's half price for batches. */
export function scaled(
  { input, output, cacheRead, cacheWrite, cacheWriteHour }: PrintedRates,
  factor: number,
): PrintedRates {
  return {
    input: input * factor,
    output: output * factor,
    ...(cacheRead !== undefined && { cacheRead: cacheRead * factor }),
    ...(cacheWrite !== undefined && { cacheWrite: cacheWrite * factor }),
    ...(cacheWriteHour !== undefined && { cacheWriteHour: cacheWriteHour * factor }),
  }
}

function tier(name: string, usd: PrintedRates | undefined): Record<string, Rates> {
  return usd === undefined ? {} : { [name]: ratesOf(usd) }
}

function ratesOf(usd: PrintedRates): Rates {
  const { input, output, cacheRead = input, cacheWrite = input, cacheWriteHour = cacheWrite } = usd
  return {
    input: micro(input),
    output: micro(output),
    cacheRead: micro(cacheRead),
    cacheWrite: micro(cacheWrite),
    cacheWriteHour: micro(cacheWriteHour),
  }
}

function micro(usd: number): number {
  return Math.round(usd * 1_000_000)
}
