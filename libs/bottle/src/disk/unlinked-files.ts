// Measures the files that a bottle's programs hold open and that have no name any more. No walk
// finds those, and a hostile program writes to nothing else.
//
// A process is a run's when its home is the run's, in every backend alike. Files that are only
// mapped, and not open, are not seen.

import { lstatSync, readdirSync, statSync } from "node:fs"
import { GUEST } from "../plan.ts"
import type { Measure } from "./measure-folder.ts"
import type { Pace } from "./time-slices.ts"

export async function measureUnlinkedFiles(home: string, pace: Pace): Promise<Measure> {
  const own = lstatSync(home, { throwIfNoEntry: false })
  const seen = new Set<number>()
  let bytes = 0
  let isWhole = true
  if (own !== undefined) {
    for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
      await pace.step()
      const its = find(`/proc/${pid}/root${GUEST.home}`)
      if (its?.ino !== own.ino || its.dev !== own.dev) continue
      for (const fd of list(`/proc/${pid}/fd`)) {
        await pace.step()
        if (pace.isOver()) {
          isWhole = false
          break
        }
        const file = find(`/proc/${pid}/fd/${fd}`)
        if (file?.nlink !== 0 || !file.isFile() || file.dev !== own.dev || seen.has(file.ino)) continue
        seen.add(file.ino)
        bytes += file.blocks * 512
      }
    }
  }
  return { bytes, writtenBytes: bytes, recentBytes: bytes, isWhole }
}

/** Processes end at any moment, and some are not ours to look into. */
function list(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function find(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // EACCES: another user's, so none of this bottle's.
    return undefined
  }
}
