// Bottles: how an agent is shut in. A pure plan, backends that build it, the run's folder
// on the host, the forwarder that is the bottle's only way out.

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
export { createBwrapBackend } from "./backends/bwrap/bwrap-backend.ts"
export { createDockerBackend } from "./backends/docker/docker-backend.ts"
export { DEFAULT_IMAGE } from "./backends/docker/image.ts"
export { agentTerminalOf } from "./bottle-stdio.ts"
export type { ClaimResult } from "./claim.ts"
export { type DiskFinding, type DiskWatch, openDiskWatch } from "./disk/disk-watch.ts"
export { CANARY_CHECKS, type CanaryCheck, type CanaryFinding, type CanaryOrder } from "./forwarder/canary.ts"
export {
  type AgentSignal,
  EXEC_CHUNK_BYTES,
  EXEC_WINDOW_BYTES,
  FORWARDER_EXIT,
  type OutputStream,
  type TerminalSize,
} from "./forwarder/lifeline.ts"
export { createLineReader, createLineWriter, type LineWriter } from "./forwarder/line-socket.ts"
export type { ExecCommand, ExecEvents, GuestExec } from "./guest-execs.ts"
export { type HomeFile, hasHomeFile, writeHomeFiles } from "./guest-home.ts"
export { findGuestRuntime } from "./guest-runtime.ts"
export { claimFreeLabel, claimLabel, clearDeadLabels, type LabelClaim } from "./label-claim.ts"
export { type LeftCgroup, listLeftCgroups, removeLeftCgroup } from "./left-cgroups.ts"
export type { LimitName, LimitReport } from "./limits.ts"
export {
  type BottlePlan,
  type BottleRequest,
  GUEST,
  type GuestRuntime,
  type Mount,
  type PlanLimits,
  planBottle,
} from "./plan.ts"
export { identifyProcess, isProcessAlive, killProcess, pidOf } from "./process-identity.ts"
export {
  createRunFolders,
  hasRunFolders,
  type ReopenedFolders,
  type RunFolders,
  reopenRunFolders,
  runFolders,
  type SlugOptions,
} from "./run-folders.ts"
export { findRunMetadata, type RunMetadata, writeRunMetadata } from "./run-metadata.ts"
export {
  COLORS,
  type Color,
  composeSlug,
  isSlug,
  LABEL_MAX_BYTES,
  type LabelResult,
  parseColor,
  parseLabel,
} from "./slug.ts"
export { type OperatorTerminal, openOperatorTerminal, operatorTerminalSize } from "./terminal/operator-terminal.ts"
export {
  installToolchain,
  isToolchainInstalled,
  type ToolchainProgress,
  type ToolchainRequest,
  toolchainFolder,
} from "./toolchain.ts"
export { claimToolchainDrafts, removeToolchainDraft } from "./toolchain-drafts.ts"
export { type Baseline, type BaselineEntry, type Entry, loadBaseline, writeBaseline } from "./workspace/baseline.ts"
export type { BindEnd } from "./workspace/bind/finish-bind.ts"
export { finishLeftBinds } from "./workspace/bind/finish-left-binds.ts"
export type { OpenBind } from "./workspace/bind/open-bind.ts"
export { type BytePath, textOf } from "./workspace/byte-path.ts"
export type { LeftOut } from "./workspace/copy-tree.ts"
