// Whether this process was given anything to read: a stdin that is closed, or open for writing only
// as `nohup` leaves it, is an empty one. Any other stdin that cannot be read is a failure.

import { readFileSync } from "node:fs"

/** As the kernel writes them in fdinfo, in octal. */
const ACCESS_MODES = 0o3
const WRITE_ONLY = 0o1

export function canReadStdin(): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync("/proc/self/fdinfo/0", "latin1"))?.[1]
    return flags === undefined || (Number.parseInt(flags, 8) & ACCESS_MODES) !== WRITE_ONLY
  } catch {
    // Started with stdin closed.
    return false
  }
}
