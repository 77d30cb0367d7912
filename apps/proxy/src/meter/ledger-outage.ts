// Knows whether the ledger takes writes now, and tells when it stops: once an outage, however
// many requests it refuses and settlements it keeps waiting.

export interface LedgerOutage {
  /** The ledger refused something. */
  readonly seen: (error: unknown) => void
  /** It took something. */
  readonly over: () => void
}

export function createLedgerOutage(tell: (error: unknown) => void): LedgerOutage {
  let isGoingOn = false
  return {
    seen(error) {
      if (!isGoingOn) tell(error)
      isGoingOn = true
    },
    over() {
      isGoingOn = false
    },
  }
}
