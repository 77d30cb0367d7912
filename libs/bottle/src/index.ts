// Bottles: how an agent is shut in. A pure plan, and the backends that build the bottle from it.

export type {
  Backend,
  Bottle,
  BottleStdio,
  FoundBottle,
  IdleInput,
  OutputSink,
  OutputTap,
  Probe,
  ProbeFinding,
} from "./backend.ts"
export { type HiddenTool, listHiddenTools } from "./backends/bwrap/hidden-tools.ts"
export { shownSearchPath } from "./backends/bwrap/system-root.ts"
export { DEFAULT_IMAGE } from "./backends/docker/default-image.ts"
export { agentTerminalOf } from "./bottle-stdio.ts"
export { canReadStdin } from "./can-read-stdin.ts"
export { type DiskFinding, type DiskWatch, findLowDisk, openDiskWatch } from "./disk/disk-watch.ts"
export { GUEST_ETC_FILES, GUEST_GIT_FILES } from "./guest-files/guest-etc.ts"
export type { LimitName, LimitReport } from "./limits/limits.ts"
export { listOrphanCgroups, type OrphanCgroup, removeOrphanCgroup } from "./limits/orphan-cgroups.ts"
export { BACKEND_NAMES, type BackendName, openBackend, parseBackendName } from "./open-backend.ts"
export {
  type BottlePlan,
  type BottleRequest,
  GUEST,
  guestWorkspaceOf,
  type Mount,
  type PlanLimits,
  planBottle,
  type TrustFiles,
} from "./plan.ts"
export {
  type OperatorTerminal,
  openOperatorTerminal,
  operatorTerminalSize,
  RESET_TERMINAL,
} from "./terminal/operator-terminal.ts"
export { keepTerminalMode, type TerminalMode } from "./terminal/raw-mode.ts"
