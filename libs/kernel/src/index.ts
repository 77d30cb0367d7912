// Kernel: the few things that several libs with effects ask of Linux alike. Which process is which
// and how one is ended; folders held open by descriptor and names as bytes; claims between
// processes; the libc calls that Bun has no name for.

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
export {
  identifyProcess,
  isProcessAlive,
  killProcess,
  listDescendants,
  listSettledDescendants,
  pidOf,
} from "./process-identity.ts"
