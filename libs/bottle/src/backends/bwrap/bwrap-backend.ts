// The bubblewrap backend: the default on Linux, nothing to install but bubblewrap.

import { endProcessTree } from "@bot-bottle/kernel"
import type { Backend } from "../../backend.ts"
import { findCgroupDelegation } from "../../limits/cgroup.ts"
import { describeLimits } from "../../limits/limits.ts"
import { launchBottle } from "./launch.ts"
import { probeBwrap } from "./probe.ts"
import { findRunning } from "./running.ts"

export function createBwrapBackend(): Backend {
  const isRoot = process.getuid?.() === 0
  const cgroup = findCgroupDelegation()
  return {
    name: "bwrap",
    probe: () => probeBwrap({ isRoot, cgroup }),
    describeLimits: (limits) => describeLimits(limits, cgroup?.controllers ?? new Set()),
    // The system's own files are shown; there is nothing to make ready.
    prepare: async () => undefined,
    launch: (plan, stdio) => launchBottle(plan, stdio, { isRoot, cgroup }),
    kill: endProcessTree,
    // Home, workspace and transcript are folders of the host: they are the snapshot.
    freeze: endProcessTree,
    enumerate: async (root) => findRunning(root),
    cleanup: ({ process }) => endProcessTree(process),
  }
}
