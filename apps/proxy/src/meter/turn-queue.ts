// Lets requests wait until the run's limits on how fast it may ask let them leave, in the order in which they
// came.
//
// A client that is told to wait does so a few times and then gives its work up: Codex after five times, Claude
// Code with pauses that double. So a request waits here first, as long as clients wait for a slow answer. Only then
// it is refused, with the seconds after which it is of use again.
//
// The first in line asks the ledger again when a request of this run ends. It also asks every second: it may
// wait for another process's request.

import type { FanOutRefusal, ReserveResult } from "@bot-bottle/ledger"
import type { AgentLink } from "../wire/passage.ts"

export interface TurnQueue {
  /** Reserves as soon as it may. A refusal for any other reason than its pace is given at once. */
  take(attempt: () => Promise<ReserveResult>, agent: Waiting): Promise<ReserveResult | "gone">
  /** A request of this run has ended. */
  wake(): void
}

/** The agent's end while its request waits. */
export type Waiting = Pick<AgentLink, "isGone" | "watch">

export interface TurnQueueOptions {
  /** Nothing leaves once the run is cut, so nothing waits. */
  readonly isCut: () => boolean
  /** Before a request waits on, e.g. to free the places of processes that have died. */
  readonly beforeRetry: (refusal: FanOutRefusal) => Promise<void>
  readonly nowMs: () => number
  readonly sleep?: (ms: number) => Promise<void>
  readonly maxWaitMs?: number
}

/** The clients that we know wait for ten minutes, or for five without a byte. */
const MAX_WAIT_MS = 240_000
const LONGEST_PAUSE_MS = 1_000
const MIN_PAUSE_MS = 20

export function createTurnQueue(options: TurnQueueOptions): TurnQueue {
  const { beforeRetry, isCut, nowMs, sleep = Bun.sleep, maxWaitMs = MAX_WAIT_MS } = options
  let last: Promise<void> = Promise.resolve()
  let waiting = 0
  let woken = Promise.withResolvers<void>()

  async function waitTurn(
    attempt: () => Promise<ReserveResult>,
    agent: Waiting,
    untilMs: number,
  ): Promise<ReserveResult | "gone"> {
    for (;;) {
      if (agent.isGone || isCut()) return "gone"
      const wake = woken.promise
      const result = await attempt()
      if (result.outcome === "reserved" || result.reason !== "fan-out-limit") return result
      const leftMs = untilMs - nowMs()
      if (leftMs <= 0) return result
      await beforeRetry(result.by)
      const pauseMs = Math.min(result.by.retryAfterMs, LONGEST_PAUSE_MS, leftMs)
      await Promise.race([wake, sleep(Math.max(pauseMs, MIN_PAUSE_MS))])
    }
  }

  function wake(): void {
    woken.resolve()
    woken = Promise.withResolvers()
  }

  return {
    async take(attempt, agent) {
      const untilMs = nowMs() + maxWaitMs
      if (waiting === 0) {
        const first = await attempt()
        if (first.outcome === "reserved" || first.reason !== "fan-out-limit") return first
      }
      waiting++
      const stopWatching = agent.watch(wake)
      const turn = last
        .then(() => waitTurn(attempt, agent, untilMs))
        .finally(() => {
          waiting--
          stopWatching()
        })
      last = turn.then(
        () => undefined,
        () => undefined,
      )
      return turn
    },
    wake,
  }
}
