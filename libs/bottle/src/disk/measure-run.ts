// How much of the disk one run holds: its folders, and what its programs keep without a name.
//
// In a folder of the operator's own only what was written since the launch is the run's.

import { type Measure, measureFolder } from "./measure-folder.ts"
import { createPace, type PaceOptions } from "./time-slices.ts"
import { measureUnlinkedFiles } from "./unlinked-files.ts"

export interface RunDisk {
  /** Host paths. */
  readonly home: string
  readonly workspace: string
  /** The workspace is the operator's own folder. */
  readonly isBound: boolean
  readonly launchedAtMs: number
}

export interface RunMeasure {
  readonly heldBytes: number
  /** The part of it that was written within the last `RECENT_MS`. */
  readonly recentBytes: number
  readonly isWhole: boolean
}

/** Long enough for a slow writer to stand out, short enough to forget what a launch has copied. */
export const RECENT_MS = 10 * 60_000

export async function measureRun(disk: RunDisk, nowMs: number, paceOptions: PaceOptions): Promise<RunMeasure> {
  const pace = createPace(paceOptions)
  const since = { writtenSinceMs: disk.launchedAtMs, recentSinceMs: nowMs - RECENT_MS, pace }
  const home = await measureFolder(disk.home, since)
  const workspace = await measureFolder(disk.workspace, since)
  const unlinked = await measureUnlinkedFiles(disk.home, pace)
  const parts: readonly Measure[] = [home, workspace, unlinked]
  return {
    heldBytes: home.bytes + (disk.isBound ? workspace.writtenBytes : workspace.bytes) + unlinked.bytes,
    recentBytes: parts.reduce((sum, part) => sum + part.recentBytes, 0),
    isWhole: parts.every((part) => part.isWhole),
  }
}
