// Ends this process when its event loop stands still: an alarm of the kernel's that every beat
// puts off. A proxy that hangs cannot be told to leave, and would outlive its launcher.
//
//   INV-46  A proxy whose event loop has not turned for half a minute is ended by the kernel: no egress,
//           and what was open is charged in full by the next sweep.

import { libc } from "@bot-bottle/kernel"

const STILL_S = 30

/** `stillS` in whole seconds. Throws where there is no libc to ask. */
export function startHeartbeat(stillS = STILL_S): void {
  // alarm(2): SIGALRM after so many seconds, whose default is the end; asking again puts it off.
  const { alarm } = libc()
  const beat = (): void => void alarm(stillS)
  beat()
  // Never what keeps the process up.
  setInterval(beat, (stillS * 1000) / 10).unref()
}
