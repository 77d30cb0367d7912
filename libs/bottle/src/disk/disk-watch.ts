// Watches what a run holds of the disk while it runs, and says when it has to stop. That is over
// its own limit, or when it fills the last of the ledger's disk.
//
//   INV-69  No way of keeping files hides them from the limit: closed folders, no name at all, or more than
//           can be looked through. A part that was not seen counts as everything that the disk has grown.

import { statfsSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
import { type DiskSpace, decideRoom, floorBytes, isToBlame } from "./disk-room.ts"
import { measureRun, type RunDisk } from "./measure-run.ts"
import { type LastMeasure, needsMeasure, nextLookMs, usedBytes } from "./next-look.ts"

export type DiskFinding =
  | { readonly kind: "over-limit"; readonly heldBytes: number; readonly limitBytes: number }
  | { readonly kind: "fills-disk"; readonly recentBytes: number; readonly freeBytes: number }

export interface DiskWatchOptions {
  readonly disk: RunDisk
  readonly limitBytes: number | undefined
  /** Once at each time that the disk becomes full and this run is not to blame. */
  onFull(space: DiskSpace): void
  readonly readSpace?: (path: string) => DiskSpace
  readonly clock?: DiskClock
}

export interface DiskClock {
  nowMs(): number
  /** Also resolves, early, when the watch is closed. */
  wait(ms: number, closed: AbortSignal): Promise<void>
}

export interface DiskWatch {
  /** Settles once at most. */
  readonly found: Promise<DiskFinding>
  close(): void
}

/** For longer than this, measuring is given up with what it has. */
const TIMEOUT_MS = 20_000
/** Until the next look, after one that failed. */
const RETRY_MS = 3_000

const CLOCK: DiskClock = {
  nowMs: Date.now,
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
}

export function openDiskWatch(options: DiskWatchOptions): DiskWatch {
  const found = Promise.withResolvers<DiskFinding>()
  const closed = new AbortController()
  void watch({ clock: CLOCK, readSpace: readDiskSpace, ...options }, closed.signal, found.resolve)
  return { found: found.promise, close: () => closed.abort() }
}

async function watch(options: Watching, closed: AbortSignal, tell: (finding: DiskFinding) => void): Promise<void> {
  const look = createLook(options, closed)
  while (!closed.aborted) {
    const { finding, nextMs } = await look().catch(() => {
      // A folder or a file system that cannot be read now; the run's end says more about it than we could.
      return { finding: undefined, nextMs: RETRY_MS }
    })
    if (finding !== undefined) return tell(finding)
    await options.clock.wait(nextMs, closed)
  }
}

type Watching = DiskWatchOptions & Required<Pick<DiskWatchOptions, "readSpace" | "clock">>

interface Looked {
  readonly finding: DiskFinding | undefined
  readonly nextMs: number
}

function createLook(options: Watching, signal: AbortSignal): () => Promise<Looked> {
  const { disk, limitBytes, readSpace, clock, onFull } = options
  let isTold = false
  let last: LastMeasure | undefined
  let usedAtLaunch: number | undefined

  return async () => {
    const space = readSpace(disk.home)
    usedAtLaunch ??= usedBytes(space)
    const room = decideRoom(space)
    const sight = { space, room, limitBytes, last, nowMs: clock.nowMs() }
    if (needsMeasure(sight)) last = await measure(usedBytes(space), usedAtLaunch)
    const nextMs = nextLookMs({ ...sight, last })
    if (last === undefined || signal.aborted) return { finding: undefined, nextMs }
    if (limitBytes !== undefined && last.heldBytes > limitBytes) {
      return { finding: { kind: "over-limit", heldBytes: last.heldBytes, limitBytes }, nextMs }
    }
    if (room !== "low") {
      isTold = false
      return { finding: undefined, nextMs }
    }
    if (isToBlame(last, space)) {
      const { recentBytes } = last
      return { finding: { kind: "fills-disk", recentBytes, freeBytes: space.freeBytes }, nextMs }
    }
    if (!isTold) onFull(space)
    isTold = true
    return { finding: undefined, nextMs }
  }

  async function measure(used: number, usedBefore: number): Promise<LastMeasure> {
    const startedAtMs = clock.nowMs()
    const { heldBytes, recentBytes, isWhole } = await measureRun(disk, startedAtMs, { timeoutMs: TIMEOUT_MS, signal })
    const grown = isWhole ? 0 : Math.max(0, used - usedBefore)
    return {
      heldBytes: Math.max(heldBytes, grown),
      recentBytes: Math.max(recentBytes, grown),
      isWhole,
      usedBytes: used,
      atMs: clock.nowMs(),
      tookMs: clock.nowMs() - startedAtMs,
    }
  }
}

/** Undefined while there is more than what is kept for the ledger and for everybody else. */
export function findLowDisk(path: string): { readonly freeBytes: number; readonly floorBytes: number } | undefined {
  const space = readDiskSpace(path)
  return decideRoom(space) === "low" ? { freeBytes: space.freeBytes, floorBytes: floorBytes(space) } : undefined
}

export function readDiskSpace(path: string): DiskSpace {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(path)
  return { sizeBytes: blocks * bsize, freeBytes: bavail * bsize, files, freeFiles: ffree }
}
