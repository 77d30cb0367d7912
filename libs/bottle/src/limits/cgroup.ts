// The bottle's own cgroup v2, on hosts that delegate one to us.
//
// Delegated means: our own cgroup's folder is writable by us and its parent passes
// controllers down. Anything else counts as no cgroup; limits.ts then says what is left.

import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { PlanLimits } from "../plan.ts"
import { type Controllers, cgroupSettings } from "./limits.ts"

export interface CgroupDelegation {
  /** Folder in which bottles' cgroups are made. */
  readonly folder: string
  readonly controllers: Controllers
}

export interface CgroupSource {
  /** Where cgroup2 is mounted. */
  readonly mount: string
  /** Text of /proc/self/cgroup. */
  readonly membership: string
}

/** Undefined when this host has no cgroup v2 that we may divide. */
export function findCgroupDelegation(source: CgroupSource = readCgroupSource()): CgroupDelegation | undefined {
  const own = source.membership
    .split("\n")
    .find((line) => line.startsWith("0::"))
    ?.slice("0::".length)
  if (own === undefined) return undefined
  // A cgroup that holds processes cannot pass controllers on, so bottles are made beside our own.
  const folder = join(source.mount, own, "..")
  if (own === "/" || !existsSync(join(folder, "cgroup.subtree_control"))) return undefined
  try {
    accessSync(folder, constants.W_OK)
    accessSync(join(folder, "cgroup.procs"), constants.W_OK)
  } catch {
    // Not ours to divide: the same as having none.
    return undefined
  }
  const passedOn = readFileSync(join(folder, "cgroup.subtree_control"), "utf8").split(/\s+/)
  const controllers = new Set(passedOn.filter((name) => name !== ""))
  return controllers.size === 0 ? undefined : { folder, controllers }
}

export interface BottleCgroup {
  add(pid: number): void
  /** Removes the cgroup once it is empty. */
  remove(): void
}

export const BOTTLE_CGROUP_PREFIX = "bot-bottle-"

/** Throws when the kernel refuses a setting: a limit that was announced must hold. */
export function createBottleCgroup(delegation: CgroupDelegation, slug: string, limits: PlanLimits): BottleCgroup {
  const folder = join(delegation.folder, `${BOTTLE_CGROUP_PREFIX}${slug}`)
  mkdirSync(folder, { recursive: true })
  for (const [file, content] of Object.entries(cgroupSettings(limits, delegation.controllers))) {
    // A kernel without swap accounting has no such file, and then no swap to take either way.
    if (file === "memory.swap.max" && !existsSync(join(folder, file))) continue
    writeFileSync(join(folder, file), content)
  }
  return {
    add: (pid) => writeFileSync(join(folder, "cgroup.procs"), `${pid}`),
    remove: () => {
      try {
        rmdirSync(folder)
      } catch {
        // Still being emptied by the kernel; an empty cgroup left behind costs nothing and is reused.
      }
    },
  }
}

function readCgroupSource(): CgroupSource {
  const unified = "/sys/fs/cgroup"
  const mount = existsSync(join(unified, "cgroup.controllers")) ? unified : join(unified, "unified")
  return { mount, membership: readFileSync("/proc/self/cgroup", "utf8") }
}
