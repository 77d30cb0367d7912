// Decides about a nearly full disk: where the floor is, and which run has to stop at it.
//
// Pure. Every launcher judges for its own run only, from what all of them have announced: so
// nobody has to be elected, and no run is stopped by a launcher that is not its own.
//
//   INV-69  At the floor the run that has written most lately is stopped, and no other: none that has
//           written little, and no second one unless the disk continues to fill.

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
/** From here on runs are measured and announced, so that at the floor it is known who writes. */
const NEAR_FLOORS = 4
/** A run that has written less than this part of the floor is not what fills the disk. */
const SHARE_TO_BLAME = 0.25
const SHARE_TO_GO_ON = 0.125

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

/** One live run's word. */
export interface Announced extends Pick<RunMeasure, "heldBytes" | "recentBytes"> {
  readonly slug: string
}

export type HogVerdict = "own-run" | "another-run" | "no-run"

export interface HogQuestion {
  readonly own: Announced
  readonly others: readonly Announced[]
  readonly space: DiskSpace
  /** Free when another run was last to blame; undefined when none was. */
  readonly freeAtOtherBytes: number | undefined
}

export function decideHog({ own, others, space, freeAtOtherBytes }: HogQuestion): HogVerdict {
  const floor = floorBytes(space)
  const biggest = [own, ...others].reduce((most, one) => (writesMore(one, most) ? one : most))
  if (biggest.recentBytes < floor * SHARE_TO_BLAME) return "no-run"
  if (biggest.slug !== own.slug) return "another-run"
  const hasFilledOn = freeAtOtherBytes === undefined || space.freeBytes < freeAtOtherBytes - floor * SHARE_TO_GO_ON
  return hasFilledOn ? "own-run" : "no-run"
}

/** Every launcher must come to the same answer. */
function writesMore(one: Announced, other: Announced): boolean {
  if (one.recentBytes !== other.recentBytes) return one.recentBytes > other.recentBytes
  if (one.heldBytes !== other.heldBytes) return one.heldBytes > other.heldBytes
  return one.slug < other.slug
}
