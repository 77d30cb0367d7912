// Which marks of a limit one settlement carried the spending across.

export const THRESHOLDS = [80, 90, 95, 100] as const
export type Threshold = (typeof THRESHOLDS)[number]

/** Percent marks that lie above `beforeTokens` and not above `afterTokens`. A limit of 0 has none to cross. */
export function findCrossed(limitTokens: number, beforeTokens: number, afterTokens: number): readonly Threshold[] {
  const [limit, before, after] = [BigInt(limitTokens), BigInt(beforeTokens), BigInt(afterTokens)]
  return THRESHOLDS.filter((percent) => {
    const mark = limit * BigInt(percent)
    return before * 100n < mark && mark <= after * 100n
  })
}
