import { expect, test } from "bun:test"
import { describeLimitReports } from "./describe-limits.ts"

test("describeLimitReports: value, who keeps it, and plainly when nobody does", () => {
  const limits = { memoryBytes: 4 * 1024 ** 3, cpus: 1.5 }
  const lines = describeLimitReports(limits, [
    { limit: "memory", kept: "partial", by: "rlimit", detail: "each process on its own" },
    { limit: "cpus", kept: "none", by: "nothing", detail: "needs a cgroup" },
  ])
  expect(lines).toEqual([
    "memory 4 GiB: by rlimit, each process on its own",
    "cpus 1.5: NOT kept here, needs a cgroup",
    "no limit on pids, disk",
  ])
  expect(describeLimitReports({}, [])).toEqual(["no limit on pids, memory, cpus, disk"])
})
