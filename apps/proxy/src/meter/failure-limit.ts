// Bounds how many metered requests may come to nothing. A request that the provider refuses, or
// that does not fit into a budget, costs no tokens but is recorded. An agent that asks for nonsense
// in a loop must not fill the host's disk, nor the provider's log under the operator's name.
//
// Each request takes a place; the ones that are billed, or never left, give it back. A place that
// is not given back comes back with time.

export interface FailureLimit {
  /** False when there is none left. */
  take(): boolean
  giveBack(): void
}

export interface FailureLimitOptions {
  readonly nowMs: () => number
  /** No client has so many under way, or fails so often before it gives up. */
  readonly most?: number
  readonly perSecond?: number
}

export function createFailureLimit({ nowMs, most = 1_000, perSecond = 1 }: FailureLimitOptions): FailureLimit {
  let left = most
  let seenAtMs = nowMs()

  function refill(): void {
    const atMs = nowMs()
    left = Math.min(most, left + (Math.max(0, atMs - seenAtMs) / 1000) * perSecond)
    seenAtMs = atMs
  }

  return {
    take() {
      refill()
      if (left < 1) return false
      left -= 1
      return true
    },
    giveBack() {
      left = Math.min(most, left + 1)
    },
  }
}
