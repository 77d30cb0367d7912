// Which of a plan's limits the engine keeps, in words for the preflight. Pure.
//
// An engine without a controller drops the limit with a warning nobody reads; it is said here (INV-69).

import { type LimitReport, WATCHED_DISK } from "../../limits/limits.ts"
import type { PlanLimits } from "../../plan.ts"
import type { EngineFacts } from "./engine.ts"

const TOGETHER = "all processes of the bottle together"

/** Without facts nothing is known to be kept. */
export function describeEngineLimits(
  limits: PlanLimits,
  facts: Pick<EngineFacts, "limits"> | undefined,
): readonly LimitReport[] {
  const report = (limit: LimitReport["limit"], controller: "memory" | "pids" | "cpu"): LimitReport =>
    facts?.limits.has(controller)
      ? { limit, kept: "whole", by: "docker", detail: TOGETHER }
      : { limit, kept: "none", by: "nothing", detail: `the engine's host has no ${controller} controller` }
  return [
    ...(limits.memoryBytes === undefined ? [] : [report("memory", "memory")]),
    ...(limits.pids === undefined ? [] : [report("pids", "pids")]),
    ...(limits.cpus === undefined ? [] : [report("cpus", "cpu")]),
    ...(limits.diskBytes === undefined ? [] : [WATCHED_DISK]),
  ]
}
