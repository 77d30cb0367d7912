// Frees the places of processes that have died: their open requests count among those at once until somebody
// settles them, and no command may run for hours.

import { isProcessAlive } from "@bot-bottle/kernel"
import type { FanOutRefusal, Ledger } from "@bot-bottle/ledger"

const PAUSE_MS = 2_000

export function createDeadSweep(
  ledger: Pick<Ledger, "sweep" | "host">,
  nowMs: () => number,
): (refusal: Pick<FanOutRefusal, "limit">) => Promise<void> {
  let sweptAtMs = Number.NEGATIVE_INFINITY
  return async ({ limit }) => {
    if (limit !== "parallel" || nowMs() - sweptAtMs < PAUSE_MS) return
    sweptAtMs = nowMs()
    // A ledger that cannot be written is told of where the request is reserved.
    await ledger.sweep({ host: ledger.host, isAlive: isProcessAlive }).catch(() => undefined)
  }
}
