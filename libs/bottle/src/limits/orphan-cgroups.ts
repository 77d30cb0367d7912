// Cgroups of bottles whose launcher was killed before it could remove them. The kernel lets go
// of an empty one only: removing one in which anything runs fails, and nothing is lost.

import { lstatSync, readdirSync, readFileSync, rmdirSync } from "node:fs"
import { join } from "node:path"
import { BOTTLE_CGROUP_PREFIX, findCgroupDelegation } from "./cgroup.ts"

export interface OrphanCgroup {
  readonly path: string
  readonly slug: string
}

/** A bottle puts its processes into its own within moments. */
const YOUNG_MS = 60_000

/** `folder` is where bottles' cgroups are made. */
export function listOrphanCgroups(nowMs: number, folder = findCgroupDelegation()?.folder): readonly OrphanCgroup[] {
  if (folder === undefined) return []
  return readdirSync(folder)
    .filter((name) => name.startsWith(BOTTLE_CGROUP_PREFIX))
    .map((name) => ({ path: join(folder, name), slug: name.slice(BOTTLE_CGROUP_PREFIX.length) }))
    .filter(
      ({ path }) => isEmpty(path) && nowMs - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs) > YOUNG_MS,
    )
}

export function removeOrphanCgroup({ path }: OrphanCgroup): "done" | "kept" {
  try {
    rmdirSync(path)
    return "done"
  } catch {
    // Something runs in it by now, or somebody else has removed it.
    return "kept"
  }
}

function isEmpty(path: string): boolean {
  try {
    return !readFileSync(join(path, "cgroup.events"), "utf8").includes("populated 1")
  } catch {
    // Gone meanwhile; removing it then does nothing.
    return true
  }
}
