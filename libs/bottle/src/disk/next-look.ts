// When to look at the disk again, and whether a look at the file system as a whole will do.
//
// Pure. The file system's own figures cost nothing and bound what a run can have written since it
// was last measured. Every file of a run is counted only when they do not decide.

import { type DiskRoom, type DiskSpace, floorBytes } from "./disk-room.ts"
import type { RunMeasure } from "./measure-run.ts"

export interface LastMeasure extends RunMeasure {
  readonly atMs: number
  readonly tookMs: number
  /** Of the whole file system, when it was made. */
  readonly usedBytes: number
}

export interface DiskSight {
  readonly space: DiskSpace
  readonly room: DiskRoom
  readonly limitBytes: number | undefined
  readonly last: LastMeasure | undefined
  readonly nowMs: number
}

/** As fast as an agent may write. */
const BYTES_PER_MS = 2 ** 30 / 1000
const SHORTEST_MS = 100
const LONGEST_MS = 5_000
/** Others may remove what this run writes, and hide it from the file system's figures for as long. */
const STALE_MS = 30_000
const STALE_NEAR_MS = 1_000
/** Measuring takes no more than this part of the time. */
const MEASURED_SHARE = 0.1

export function usedBytes({ sizeBytes, freeBytes }: DiskSpace): number {
  return sizeBytes - freeBytes
}

export function needsMeasure(sight: DiskSight): boolean {
  const { room, limitBytes, last, nowMs } = sight
  if (limitBytes === undefined && room === "enough") return false
  if (last === undefined) return true
  const age = nowMs - last.atMs
  if (age < last.tookMs / MEASURED_SHARE) return false
  if (room !== "enough" && age >= STALE_NEAR_MS) return true
  return limitBytes !== undefined && (age >= STALE_MS || mostHeld(sight, last) >= limitBytes)
}

export function nextLookMs(sight: DiskSight): number {
  const { space, limitBytes, last } = sight
  const toFloor = space.freeBytes - floorBytes(space)
  const toLimit = limitBytes === undefined || last === undefined ? Infinity : limitBytes - mostHeld(sight, last)
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, Math.min(toFloor, toLimit) / BYTES_PER_MS))
}

/** The run may hold no more than this by now, if nobody removed anything. */
function mostHeld({ space }: DiskSight, last: LastMeasure): number {
  return last.heldBytes + Math.max(0, usedBytes(space) - last.usedBytes)
}
