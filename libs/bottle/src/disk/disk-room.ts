// Decides about a nearly full disk: where the floor is, and whether a run has to stop at it.
//
// Pure. Every launcher judges its own run, by what that run wrote. Launchers do not compare their
// runs: such talk must work on a full disk, and it protected only the second of two writers.
//
//   INV-69  At the floor each run that has written much lately is stopped, and none that has written little.

import type { RunMeasure } from "./measure-run.ts"

/** A file system, as statfs(2) tells it. */
export interface DiskSpace {
  readonly sizeBytes: number
  readonly freeBytes: number
  /** 0 on a file system that does not count them. */
  readonly files: number
  readonly freeFiles: number
}

export type DiskRoom = "enough" | "near" | "low"

const HIGHEST_FLOOR_BYTES = 2 ** 30
const HIGHEST_FLOOR_FILES = 20_000
const FLOOR_SHARE = 0.05
/** From here on runs are measured, so that at the floor it is known which of them writes. */
const NEAR_FLOORS = 4
/** A run that has written less than this part of the floor is not what fills the disk. */
const SHARE_TO_BLAME = 0.25

/** The space that is kept for the ledger and for everybody else. */
export function floorBytes({ sizeBytes }: DiskSpace): number {
  return Math.min(HIGHEST_FLOOR_BYTES, sizeBytes * FLOOR_SHARE)
}

export function decideRoom(space: DiskSpace): DiskRoom {
  const floorFiles = Math.min(HIGHEST_FLOOR_FILES, space.files * FLOOR_SHARE)
  const below = (floors: number) =>
    space.freeBytes < floors * floorBytes(space) || (space.files > 0 && space.freeFiles < floors * floorFiles)
  if (below(1)) return "low"
  return below(NEAR_FLOORS) ? "near" : "enough"
}

/** Whether a run is what fills the disk: it has written a good part of the floor lately. */
export function isToBlame({ recentBytes }: Pick<RunMeasure, "recentBytes">, space: DiskSpace): boolean {
  return recentBytes >= floorBytes(space) * SHARE_TO_BLAME
}
