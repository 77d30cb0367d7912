// Ends this process when its event loop stands still: an alarm of the kernel's that every beat
// puts off. A proxy that hangs cannot be told to leave, and would outlive its launcher.
//
//   INV-46  A proxy whose event loop has not turned for half a minute is ended by the kernel: no egress,
//           and what was open is charged in full by the next sweep.

import { dlopen } from "bun:ffi"

const STILL_S = 30
/** glibc, then musl. */
const LIBC_NAMES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]

/** `stillS` in whole seconds. Throws where there is no libc to ask. */
export function startHeartbeat(stillS = STILL_S): void {
  const alarm = loadAlarm()
  const beat = (): void => void alarm(stillS)
  beat()
  // Never what keeps the process up.
  setInterval(beat, (stillS * 1000) / 10).unref()
}

/** alarm(2): SIGALRM after so many seconds, whose default is the end; asking again puts it off. */
function loadAlarm(): (seconds: number) => number {
  for (const name of LIBC_NAMES) {
    try {
      return dlopen(name, { alarm: { args: ["u32"], returns: "u32" } }).symbols.alarm
    } catch {
      // Not this libc; the next name.
    }
  }
  throw new Error("libc cannot be loaded")
}
