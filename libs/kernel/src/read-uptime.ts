// The time since the machine's boot. It also runs while the machine sleeps, and nobody sets it.

import { libc } from "./libc.ts"

const CLOCK_BOOTTIME = 7

/** Seconds and nanoseconds, as clock_gettime(2) writes them. */
const timespec = new BigInt64Array(2)

/** In milliseconds. All processes of a machine read the same clock. */
export function readUptimeMs(): number {
  if (libc().clock_gettime(CLOCK_BOOTTIME, timespec) !== 0) throw new Error("the clock of the boot cannot be read")
  return Number(timespec[0]) * 1_000 + Number(timespec[1]) / 1_000_000
}
