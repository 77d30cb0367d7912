// The cost of requests, for people and machines.

import type { UsageRow } from "@bot-bottle/ledger"

/** In dollars, of the requests that have a price. Null where those cost nothing and others have none: that is not free. */
export function costOf({ costMicroUsd, unpricedRequests }: Priced): number | null {
  return unpricedRequests > 0 && costMicroUsd === 0 ? null : costMicroUsd / 1_000_000
}

export type Priced = Pick<UsageRow, "costMicroUsd" | "unpricedRequests" | "requests">

/** `$0.42`, and `$0.0042` below a cent. */
export function formatCost(usd: number | null): string {
  if (usd === null) return "-"
  return `$${usd > 0 && usd < 0.01 ? usd.toFixed(4) : usd.toFixed(2)}`
}

export function sumOfCosts(rows: readonly Priced[]): Priced {
  const sum = (figure: (row: Priced) => number) => rows.reduce((total, row) => total + figure(row), 0)
  return {
    costMicroUsd: sum((row) => row.costMicroUsd),
    unpricedRequests: sum((row) => row.unpricedRequests),
    requests: sum((row) => row.requests),
  }
}
