// Run state: what a run is on the host's disk. Its folders, its metadata, its home as the agent left
// it, and the toolchains that runs share.

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
  installToolchain,
  isToolchainInstalled,
  type ToolchainProgress,
  type ToolchainRequest,
  toolchainFolder,
} from "./toolchain.ts"
export { listToolchainDrafts, removeToolchainDraft, type ToolchainDraft } from "./toolchain-drafts.ts"
