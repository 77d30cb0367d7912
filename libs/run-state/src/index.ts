// Run state: what a run is on the host's disk. Its folders and the slug that names them, its
// metadata and label, its home as the agent left it, and the toolchains that runs share.

export { type HomeFile, hasHomeFile, writeHomeFiles } from "./guest-home.ts"
export {
  createRunFolders,
  type EtcFile,
  hasPendingBinds,
  hasRunFolders,
  type ReopenedFolders,
  reopenRunFolders,
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
  numberedLabel,
  parseColor,
  parseLabel,
} from "./slug.ts"
export {
  installToolchain,
  isToolchainInstalled,
  type ToolchainProgress,
  type ToolchainRequest,
  toolchainFolder,
} from "./toolchain.ts"
export { listToolchainDrafts, removeToolchainDraft, type ToolchainDraft } from "./toolchain-drafts.ts"
