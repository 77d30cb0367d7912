// How fast tokens are spent, kept in bins of ten seconds over the last half hour.
//
// A request's charge arrives at once, but was spent over its whole duration: it is spread over
// that. A rate is what falls into a window that ends now, so that a long request does not make
// a spike when it settles.

export const BIN_MS = 10_000
const MAX_BINS = 186

export interface Rate {
  /** The number of the first bin: its start divided by BIN_MS. */
  readonly first: number
  readonly bins: readonly number[]
  /** When the requests of the last five minutes ended, for `isIdle`. */
  readonly endedAtMs: readonly number[]
}

export const NO_RATE: Rate = { first: 0, bins: [], endedAtMs: [] }

export interface Spent {
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly tokens: number
}

export function addSpent(rate: Rate, { endedAtMs, tokens, ...spent }: Spent): Rate {
  const startedAtMs = Math.min(spent.startedAtMs, endedAtMs - 1)
  const last = Math.floor(endedAtMs / BIN_MS)
  const newest = Math.max(last, rate.first + rate.bins.length - 1)
  const oldest = newest - MAX_BINS + 1
  const first = rate.bins.length === 0 ? oldest : Math.max(rate.first, oldest)
  const base = Math.max(oldest, Math.min(first, Math.floor(startedAtMs / BIN_MS)))
  const bins: number[] = []
  for (let bin = base; bin <= newest; bin += 1) bins.push(rate.bins[bin - rate.first] ?? 0)

  const durationMs = endedAtMs - startedAtMs
  for (let bin = Math.max(base, Math.floor(startedAtMs / BIN_MS)); bin <= last; bin += 1) {
    const from = Math.max(startedAtMs, bin * BIN_MS)
    const to = Math.min(endedAtMs, (bin + 1) * BIN_MS)
    if (to > from) bins[bin - base] = (bins[bin - base] ?? 0) + (tokens * (to - from)) / durationMs
  }
  // Also when an older one arrives late.
  const all = [...rate.endedAtMs, endedAtMs].sort((a, b) => a - b)
  const lastAtMs = all.at(-1) ?? endedAtMs
  const ended = all.filter((at) => at > lastAtMs - LEFT_WINDOW_MS).slice(-8)
  return { first: base, bins, endedAtMs: ended }
}

const LEFT_WINDOW_MS = 300_000

/** Tokens a minute over the window that ends now. */
export function perMinute(rate: Rate, nowMs: number, windowMs = 60_000): number {
  return (spentBetween(rate, nowMs - windowMs, nowMs) * 60_000) / windowMs
}

/** Fewer than two requests in five minutes say nothing about how long a budget lasts. */
export function isIdle(rate: Rate, nowMs: number): boolean {
  return rate.endedAtMs.filter((at) => at > nowMs - LEFT_WINDOW_MS).length < 2
}

/** How long what is left lasts; undefined when nothing is being spent. */
export function lastsMs(rate: Rate, leftTokens: number, nowMs: number): number | undefined {
  if (isIdle(rate, nowMs)) return undefined
  const pace = perMinute(rate, nowMs, LEFT_WINDOW_MS)
  return pace <= 0 ? undefined : (Math.max(0, leftTokens) / pace) * 60_000
}

/** Tokens a minute in `cells` equal parts of the span that ends now, oldest first. */
export function history(rate: Rate, nowMs: number, { cells, spanMs }: { cells: number; spanMs: number }): number[] {
  const cellMs = spanMs / cells
  // Parts start at fixed instants, so that the picture moves by whole cells and is still between.
  const end = Math.ceil(nowMs / cellMs) * cellMs
  return Array.from({ length: cells }, (_, cell) => {
    const from = end - (cells - cell) * cellMs
    return (spentBetween(rate, from, from + cellMs) * 60_000) / cellMs
  })
}

function spentBetween(rate: Rate, fromMs: number, toMs: number): number {
  let sum = 0
  const begin = Math.max(rate.first, Math.floor(fromMs / BIN_MS))
  const end = Math.min(rate.first + rate.bins.length - 1, Math.floor((toMs - 1) / BIN_MS))
  for (let bin = begin; bin <= end; bin += 1) {
    const overlap = Math.min(toMs, (bin + 1) * BIN_MS) - Math.max(fromMs, bin * BIN_MS)
    sum += ((rate.bins[bin - rate.first] ?? 0) * overlap) / BIN_MS
  }
  return sum
}
