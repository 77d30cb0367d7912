// Figures of a process, from /proc.

import { readFileSync } from "node:fs"

/** Of /proc/<pid>/stat. */
const TICKS_PER_SECOND = 100

export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
  return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1_000
}
