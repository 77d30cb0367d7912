// A bottle's limits in words, and honestly who keeps them.

import type { LimitReport, PlanLimits } from "@bot-bottle/bottle"
import { formatBytes } from "@bot-bottle/contracts"

export function describeLimitReports(limits: PlanLimits, reports: readonly LimitReport[]): readonly string[] {
  const lines = reports.map(({ limit, kept, by, detail }) => {
    const how = kept === "none" ? "NOT kept here" : `by ${by}`
    return `${limit} ${formatLimit(limits, limit)}: ${how}, ${detail}`
  })
  const unlimited = LIMITS.filter((name) => !reports.some(({ limit }) => limit === name))
  return unlimited.length === 0 ? lines : [...lines, `no limit on ${unlimited.join(", ")}`]
}

const LIMITS = ["pids", "memory", "cpus", "disk"] as const

function formatLimit(limits: PlanLimits, limit: LimitReport["limit"]): string {
  switch (limit) {
    case "memory":
      return formatBytes(limits.memoryBytes ?? 0)
    case "disk":
      return formatBytes(limits.diskBytes ?? 0)
    case "pids":
      return String(limits.pids)
    case "cpus":
      return String(limits.cpus)
  }
}
