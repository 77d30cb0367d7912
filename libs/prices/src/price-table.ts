// Finds the price in force: a vendor's models, or an operator's, from a day on.
//
// A row is never changed when a price changes: a new one is added, with the day it holds from.
// Requests made before keep the cost they had.

import type { PriceRow, Vendor } from "@bot-bottle/contracts"

const RELEASE = /^(?:-\d{8}|-\d{4}-\d{2}-\d{2}|-latest)$/

/** A model of whoever bills, at a moment. */
export interface Priced {
  /** Absent: a gateway, or a server of one's own. */
  readonly vendor: Vendor | undefined
  /** As routes name it. */
  readonly host: string
  readonly model: string
  readonly atMs: number
}

/**
 * The row in force; undefined when none is known. When several fit, one of this host comes before one of every host, a
 * model's own name before a pattern, and then the later.
 */
export function findPriceRow(rows: readonly PriceRow[], priced: Priced): PriceRow | undefined {
  let best: { readonly row: PriceRow; readonly rank: readonly number[] } | undefined
  for (const row of rows) {
    const rank = rankOf(row, priced)
    if (rank !== undefined && (best === undefined || !isBefore(rank, best.rank))) best = { row, rank }
  }
  return best?.row
}

function rankOf(row: PriceRow, { vendor, host, model, atMs }: Priced): readonly number[] | undefined {
  if (row.fromMs > atMs) return undefined
  if (row.vendor !== undefined && row.vendor !== vendor) return undefined
  if (row.host !== undefined && row.host !== host) return undefined
  const isNamed = row.models.some(
    (name) => model === name || (model.startsWith(name) && RELEASE.test(model.slice(name.length))),
  )
  const isLike = row.models.some((name) => name.endsWith("*") && model.startsWith(name.slice(0, -1)))
  if (!isNamed && !isLike) return undefined
  return [row.host === undefined ? 0 : 1, isNamed ? 1 : 0, row.fromMs]
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}
