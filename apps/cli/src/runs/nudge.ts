// How one process tells a run's launcher that the ledger holds something for it to do. The
// signal carries nothing: what is to be done is only ever read from the ledger.

import type { Run } from "@bot-bottle/contracts"
import { killProcess } from "@bot-bottle/kernel"

const NUDGE = "SIGUSR2"

/** False when the launcher is gone. */
export function nudgeLauncher({ launcher }: Pick<Run, "launcher">): boolean {
  return killProcess(launcher, NUDGE)
}

/** Must be called before the run is in the ledger, and is never undone: unheard, the signal would end the process. */
export function listenForNudges(): { onNudge(look: () => void): void } {
  let look: (() => void) | undefined
  let isMissed = false
  process.on(NUDGE, () => {
    if (look === undefined) isMissed = true
    look?.()
  })
  return {
    onNudge(listener) {
      look = listener
      if (isMissed) listener()
    },
  }
}
