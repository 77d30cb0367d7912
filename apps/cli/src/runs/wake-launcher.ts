// How one process tells a run's launcher that the ledger holds something for it to do. The
// signal carries nothing: what is to be done is only ever read from the ledger.

import type { Run } from "@bot-bottle/contracts"
import { killProcess } from "@bot-bottle/kernel"

const WAKE_SIGNAL = "SIGUSR2"

/** False when the launcher is gone. */
export function wakeLauncher({ launcher }: Pick<Run, "launcher">): boolean {
  return killProcess(launcher, WAKE_SIGNAL)
}

/** Must be called before the run is in the ledger, and is never undone: unheard, the signal would end the process. */
export function listenForWakes(): { onWake(look: () => void): void } {
  let look: (() => void) | undefined
  let isMissed = false
  process.on(WAKE_SIGNAL, () => {
    if (look === undefined) isMissed = true
    look?.()
  })
  return {
    onWake(listener) {
      look = listener
      if (isMissed) listener()
    },
  }
}
