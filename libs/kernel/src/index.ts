// Kernel: the few things that several libs with effects ask of Linux alike. It tells which process is
// which, ends one, and carries the life of one that serves a launcher. It holds folders open by
// descriptor, names as bytes, replaces small files whole, and reads the clock of the boot. A program of ours ends its output with
// it, and a loop pauses with it. It has the libc calls that Bun has no name for.

export {
  type BytePath,
  bytePath,
  bytePathOf,
  bytesOf,
  isInnerPath,
  joinPath,
  nameOf,
  namesOf,
  parentOf,
  textOf,
} from "./byte-path.ts"
export { endProcessGroup, endProcessTree, processesEnded } from "./end-process-tree.ts"
export { findTool } from "./find-tool.ts"
export { ifThere } from "./if-there.ts"
export { installLine } from "./install-line.ts"
export { libc } from "./libc.ts"
export {
  codeOf,
  findFile,
  findFolder,
  findFolderAt,
  findStat,
  listNames,
  locate,
  type OpenFile,
  type OpenFolder,
  openSeenFile,
  openTopFolder,
} from "./open-folder.ts"
export { pause } from "./pause.ts"
export {
  identifyProcess,
  isProcessAlive,
  killProcess,
  listDescendants,
  listSettledDescendants,
  pidOf,
} from "./process-identity.ts"
export { endWithReader, finishOutput, finishOutputOnceAsked, READER_GONE_EXIT_CODE } from "./program-output.ts"
export { readUptimeMs } from "./read-uptime.ts"
export { replaceFile } from "./replace-file.ts"
export { type RunService, type ServiceOptions, type ServiceTools, serveLauncher } from "./serve-launcher.ts"
