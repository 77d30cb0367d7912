// Watches what a run holds of the disk while it runs, and says when it has to stop: over its
// own limit, or because it is what fills the last of the disk that the ledger is on.
//
//   INV-69  No way of keeping files hides them from the limit: closed folders, no name at all, or more than
//           can be looked through. A part that was not seen counts as everything that the disk has grown.

import { statfsSync } from "node:fs"
import { setTimeout } from "node:timers/promises"
import { type LastMeasure, needsMeasure, nextLookMs, usedBytes } from "./disk-pace.ts"
import { type Announced, type DiskRoom, type DiskSpace, decideHog, decideRoom } from "./disk-room.ts"
import { measureRun, type RunDisk } from "./measure-run.ts"

export type DiskFinding =
  | { readonly kind: "over-limit"; readonly heldBytes: number; readonly limitBytes: number }
  | { readonly kind: "fills-disk"; readonly recentBytes: number; readonly freeBytes: number }

export interface DiskWatchOptions {
  readonly slug: string
  readonly disk: RunDisk
  readonly limitBytes: number | undefined
  /** Tells the other launchers of this host what this run holds. Called while the disk is nearly full. */
  announce(own: Announced): void
  /** The latest reports of the other launchers. `silent`: some live run has not been heard of. */
  listOthers(): Promise<{ readonly heard: readonly Announced[]; readonly isComplete: boolean }>
  /** Once at each time that the disk becomes full and no run is to blame. */
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
/** For longer than this, nobody waits for another launcher's word. */
const HEARING_MS = 3_000

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
      return { finding: undefined, nextMs: HEARING_MS }
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
  const { slug, disk, limitBytes, readSpace, clock } = options
  const judge = createJudge(options)
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
    const isToBlame = await judge(room, space, { slug, heldBytes: last.heldBytes, recentBytes: last.recentBytes })
    const { recentBytes } = last
    const { freeBytes } = space
    return { finding: isToBlame ? { kind: "fills-disk", recentBytes, freeBytes } : undefined, nextMs }
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

/** True when this run has to stop for the disk's sake. */
function createJudge({ announce, listOthers, onFull, clock }: Watching) {
  let lowSinceMs: number | undefined
  let isTold = false
  let freeAtOtherBytes: number | undefined

  return async (room: DiskRoom, space: DiskSpace, own: Announced): Promise<boolean> => {
    if (room !== "enough") announce(own)
    if (room !== "low") {
      lowSinceMs = undefined
      isTold = false
      return false
    }
    lowSinceMs ??= clock.nowMs()
    const { heard, isComplete } = await listOthers()
    if (!isComplete && clock.nowMs() - lowSinceMs < HEARING_MS) return false
    const verdict = decideHog({ own, others: heard, space, freeAtOtherBytes })
    if (verdict === "another-run") freeAtOtherBytes = space.freeBytes
    if (verdict === "no-run" && freeAtOtherBytes === undefined && !isTold) {
      isTold = true
      onFull(space)
    }
    return verdict === "own-run"
  }
}

export function readDiskSpace(path: string): DiskSpace {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(path)
  return { sizeBytes: blocks * bsize, freeBytes: bavail * bsize, files, freeFiles: ffree }
}
