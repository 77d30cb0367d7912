// How one process tells a run's launcher that the ledger holds something for it to do. The
// signal carries nothing: what is to be done is only ever read from the ledger.

import type { Run } from "@bot-bottle/contracts"
import { killProcess } from "@bot-bottle/kernel"

const WAKE_SIGNAL = "SIGUSR2"

/** False when the launcher is gone. */
export function wakeLauncher({ launcher }: Pick<Run, "launcher">): boolean {
  return killProcess(launcher, WAKE_SIGNAL)
}

export interface Wakes extends Disposable {
  /** Calls `look` for each wake from now on, and at once for one that came before. */
  onWake(look: () => void): void
}

/** One handler for all runs of this process: the signal names none of them, so each looks for itself. */
const listeners = new Set<() => void>()
let isListening = false

/** Must be called before the run is in the ledger. */
export function listenForWakes(): Wakes {
  if (!isListening) {
    isListening = true
    // Keep the handler installed: without one, the signal kills the process.
    process.on(WAKE_SIGNAL, () => {
      for (const listener of listeners) listener()
    })
  }
  let look: (() => void) | undefined
  let isMissed = false
  const listener = () => {
    if (look === undefined) isMissed = true
    look?.()
  }
  listeners.add(listener)
  return {
    onWake(onWake) {
      look = onWake
      if (isMissed) onWake()
    },
    [Symbol.dispose]: () => void listeners.delete(listener),
  }
}
