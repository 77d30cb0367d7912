// Whether a file of the operator's is still what it was, without reading it.
//
// Only for files that no agent can write. Size, inode and both times tell of every change but one:
// in the same tick of the file system's clock as the look before it. A stamp so fresh proves
// nothing.

import type { BigIntStats } from "node:fs"

/** Coarser than the clock of any file system with inode change times. */
const TICK_MS = 2_000

export function stampOf({ dev, ino, size, mode, mtimeNs, ctimeNs }: BigIntStats, nowMs: number): string | undefined {
  if (Number(ctimeNs / 1_000_000n) > nowMs - TICK_MS) return undefined
  return [dev, ino, size, mode, mtimeNs, ctimeNs].map(String).join(" ")
}
