// Keeps a bottle within its memory where no cgroup does: looks at what its processes hold, and ends
// the largest when they hold too much together, as the kernel would.
//
// Address space does not measure memory: sanitizers, JVMs and JavaScript engines reserve far more
// than they use, so a limit on that (RLIMIT_DATA) ends programs that use little. A bottle that
// allocates faster than we look goes over for a moment.

import { readFileSync } from "node:fs"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { killProcess, listSettledDescendants, pidOf } from "@bot-bottle/kernel"

export interface MemoryWatch {
  /** How many processes were ended so far. */
  stops(): number
  close(): void
}

/** Far from the limit there is time. */
const LOOK_EVERY_MS = 250
const LOOK_OFTEN_MS = 40
const PAGE_BYTES = 4096

/** `own` are the bottle's first processes, which are not the agent's and are never ended for it. */
export function watchMemory(own: readonly ProcessIdentity[], limitBytes: number): MemoryWatch {
  const [root] = own
  let stops = 0
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    if (root === undefined) return
    const found = listSettledDescendants(root).map((identity) => ({ identity, bytes: heldBytes(identity) }))
    const total = found.reduce((sum, { bytes }) => sum + bytes, 0)
    if (total > limitBytes) stops += endLargest(found, own)
    timer = setTimeout(look, total > limitBytes / 2 ? LOOK_OFTEN_MS : LOOK_EVERY_MS)
    timer.unref()
  }
  look()
  return { stops: () => stops, close: () => clearTimeout(timer) }
}

interface Held {
  readonly identity: ProcessIdentity
  readonly bytes: number
}

function endLargest(found: readonly Held[], own: readonly ProcessIdentity[]): number {
  const theirs = found.filter(({ identity }) => !own.includes(identity))
  const largest = theirs.reduce<Held | undefined>(
    (most, one) => (most === undefined || one.bytes > most.bytes ? one : most),
    undefined,
  )
  if (largest === undefined) return 0
  killProcess(largest.identity)
  return 1
}

/** Its own, without what it shares: code, and files that it maps. */
function heldBytes(identity: ProcessIdentity): number {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pidOf(identity)}/statm`, "latin1")
      .split(" ")
      .map(Number)
    return (resident - shared) * PAGE_BYTES
  } catch {
    return 0 // it has ended
  }
}
