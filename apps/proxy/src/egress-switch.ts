// Holds the run's egress open or cut: the one place every tunnel and request asks.
//
//   INV-55  A cut takes effect before `cut` returns: no route is left, every open stream has
//           been told to end, and nothing that was being prepared leaves afterwards.
//
// A lease that has run out is a cut of its own: no operator restores it, only a renewal.

import type { CredentialedRoute, Denial } from "@bot-bottle/contracts"
import { createRouteTable, type RouteTable } from "@bot-bottle/egress"
import type { LeaseDeadline } from "./lease-deadline.ts"
import type { PolicyInForce } from "./policy.ts"

export interface EgressSwitch {
  /** The routes in force now: empty while cut. */
  readonly routes: RouteTable<CredentialedRoute>
  readonly cutState: CutState | undefined
  /** True when some route, in force or not, has rules on headers: then every decision needs them. */
  readonly readsHeaders: boolean
  readonly openStreams: number
  /** Returns false, changing nothing, after an earlier cut. */
  cut(state: CutState): boolean
  /** Undoes a cut. Returns false when there was none. */
  restore(): boolean
  /** Told when a cut comes, until the returned function is called. */
  track(stream: OpenStream): () => void
  onCut(listener: () => void): void
  /** Fires at the next cut, or has fired when egress is cut now. */
  readonly cutSignal: AbortSignal
}

/** The answer while cut. A budget's words go to the provider's clients; others learn that the run is cut. */
export interface CutState {
  readonly metered: Denial
  readonly others: Denial
}

export interface OpenStream {
  end(denial: Denial): void
}

export function createEgressSwitch(
  policy: Pick<PolicyInForce, "current">,
  lease: Pick<LeaseDeadline, "denial" | "onPassed">,
): EgressSwitch {
  const none = createRouteTable<CredentialedRoute>([])
  const streams = new Set<OpenStream>()
  const listeners: (() => void)[] = []
  let cutState: CutState | undefined
  let nextCut = new AbortController()
  function stateNow(): CutState | undefined {
    const { denial } = lease
    return denial === undefined ? cutState : { metered: denial, others: denial }
  }
  /** A stream that throws keeps no other open. The caller learns of it, and ends the process. */
  function endAll(denial: Denial): void {
    const failures: unknown[] = []
    for (const tell of [...[...streams].map((stream) => () => stream.end(denial)), ...listeners]) {
      try {
        tell()
      } catch (error) {
        failures.push(error)
      }
    }
    nextCut.abort("cut")
    if (failures.length > 0) throw new AggregateError(failures, "a stream could not be ended")
  }
  lease.onPassed(endAll)

  return {
    get routes() {
      return stateNow() === undefined ? policy.current.routes : none
    },
    get cutState() {
      return stateNow()
    },
    get readsHeaders() {
      return policy.current.readsHeaders
    },
    get openStreams() {
      return streams.size
    },
    cut(state) {
      if (cutState !== undefined) return false
      cutState = state
      endAll(state.metered)
      return true
    },
    restore() {
      if (cutState === undefined) return false
      cutState = undefined
      return true
    },
    get cutSignal() {
      if (nextCut.signal.aborted && stateNow() === undefined) nextCut = new AbortController()
      return nextCut.signal
    },
    track(stream) {
      streams.add(stream)
      return () => {
        streams.delete(stream)
      }
    },
    onCut: (listener) => {
      listeners.push(listener)
    },
  }
}
