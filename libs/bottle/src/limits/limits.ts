// Which of a plan's limits can be kept here, and by what.
//
// Pure. Without a delegated cgroup v2 memory is watched, pids are an rlimit, and cpus have no limit.
// That is weaker: this file is where "weaker" is put into words for the preflight.
//
//   INV-69  A limit that cannot be kept as asked is said so, never silently dropped.

import type { PlanLimits } from "../plan.ts"

export type LimitName = "memory" | "pids" | "cpus" | "disk"

export interface LimitReport {
  readonly limit: LimitName
  /** `whole`: binds the bottle as a whole. `partial`: see `detail`. `none`: not kept on this host. */
  readonly kept: "whole" | "partial" | "none"
  readonly by: "cgroup v2" | "docker" | "rlimit" | "watch" | "nothing"
  readonly detail: string
}

/** cgroup v2 controllers delegated to us; empty when there is no such cgroup. */
export type Controllers = ReadonlySet<string>

export function describeLimits(limits: PlanLimits, controllers: Controllers): readonly LimitReport[] {
  const reports: LimitReport[] = []
  if (limits.memoryBytes !== undefined) {
    reports.push(
      controllers.has("memory")
        ? { limit: "memory", kept: "whole", by: "cgroup v2", detail: "all processes of the bottle together" }
        : {
            limit: "memory",
            kept: "partial",
            by: "watch",
            detail: "all processes together, looked at several times a second; the largest is ended",
          },
    )
  }
  if (limits.pids !== undefined) {
    reports.push({
      limit: "pids",
      kept: "whole",
      by: controllers.has("pids") ? "cgroup v2" : "rlimit",
      detail: "processes and threads of the bottle together",
    })
  }
  if (limits.cpus !== undefined) {
    reports.push(
      controllers.has("cpu")
        ? { limit: "cpus", kept: "whole", by: "cgroup v2", detail: "all processes of the bottle together" }
        : { limit: "cpus", kept: "none", by: "nothing", detail: "needs a delegated cgroup v2 with the cpu controller" },
    )
  }
  if (limits.diskBytes !== undefined) reports.push(WATCHED_DISK)
  return reports
}

/** In every backend alike: what a run writes is in folders of the host. */
export const WATCHED_DISK: LimitReport = {
  limit: "disk",
  kept: "whole",
  by: "watch",
  detail: "home and workspace together, frozen or killed when they hold more; each file, and /tmp, never more at all",
}

/** Our own hard limits, which no process of a bottle may raise: prlimit(1) would fail, and with it the start. */
export interface HardLimits {
  readonly nproc: number
  readonly fsize: number
}

const NO_HARD_LIMITS: HardLimits = { nproc: Infinity, fsize: Infinity }

/** Hard limits for prlimit(1), which starts the agent with them. */
export function rlimitArguments(
  limits: PlanLimits,
  controllers: Controllers,
  hard: HardLimits = NO_HARD_LIMITS,
): readonly string[] {
  const argument = (name: keyof HardLimits, asked: number | undefined) =>
    asked === undefined ? [] : [`--${name}=${Math.min(asked, hard[name])}`]
  return [
    // Counted per user namespace, so only the bottle's own processes add up.
    ...argument("nproc", controllers.has("pids") ? undefined : limits.pids),
    ...argument("fsize", limits.diskBytes),
  ]
}

/** Of the text of /proc/self/limits. A limit that it does not name counts as unlimited. */
export function parseHardLimits(text: string): HardLimits {
  const hard = (title: string) => {
    const [, word = "unlimited"] = new RegExp(`^${title} +\\S+ +(\\S+)`, "m").exec(text) ?? []
    return word === "unlimited" ? Infinity : Number(word)
  }
  return { nproc: hard("Max processes"), fsize: hard("Max file size") }
}

/** File name → content, inside the bottle's own cgroup. */
export function cgroupSettings(limits: PlanLimits, controllers: Controllers): Readonly<Record<string, string>> {
  const period = 100_000
  return {
    ...(limits.memoryBytes !== undefined && controllers.has("memory")
      ? { "memory.max": `${limits.memoryBytes}`, "memory.swap.max": "0", "memory.oom.group": "1" }
      : {}),
    ...(limits.pids !== undefined && controllers.has("pids") ? { "pids.max": `${limits.pids}` } : {}),
    ...(limits.cpus !== undefined && controllers.has("cpu")
      ? { "cpu.max": `${Math.round(limits.cpus * period)} ${period}` }
      : {}),
  }
}
