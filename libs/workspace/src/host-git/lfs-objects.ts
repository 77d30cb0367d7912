// Contents that Git LFS keeps beside a repository, from a copy's store into the operator's.
//
// A pointer in a commit names its contents by their hash, and only what has that hash comes.

import { closeSync, fchmodSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs"
import {
  type BytePath,
  bytePath,
  findFile,
  findFolder,
  findFolderAt,
  findStat,
  locate,
  namesOf,
  type OpenFolder,
} from "@bot-bottle/kernel"
import { copyFileBytes, hashFile, NEW_FILE } from "../copy/copy-file.ts"
import { giveToOwner } from "./write-branch.ts"

export type LfsSource = "there" | "in-copy" | "nowhere"

export function findLfsObject(theirs: OpenFolder, ours: OpenFolder, oid: string): LfsSource {
  if (has(ours, oid)) return "there"
  return has(theirs, oid) ? "in-copy" : "nowhere"
}

/** False when what the copy holds is not what its name says; nothing is left of it then. */
export function bringLfsObject(theirs: OpenFolder, ours: OpenFolder, oid: string): boolean {
  using from = findFolderAt(theirs, folderOf(oid))
  if (from === undefined) return false
  using file = findFile(from, bytePath(oid))
  using target = makeFolders(ours, folderOf(oid))
  if (file === undefined || target === undefined || findStat(target, bytePath(oid)) !== undefined) return false
  const draft = bytePath(`${oid}.bot-bottle`)
  rmSync(locate(target, draft), { force: true })
  const fd = openSync(locate(target, draft), NEW_FILE, 0o600)
  try {
    copyFileBytes(file.fd, fd, { hashed: false })
    if (hashFile(fd) !== oid) {
      rmSync(locate(target, draft))
      return false
    }
    giveToOwner(fd, target)
    fchmodSync(fd, 0o644)
    renameSync(locate(target, draft), locate(target, bytePath(oid)))
    return true
  } finally {
    closeSync(fd)
  }
}

function has(git: OpenFolder, oid: string): boolean {
  using folder = findFolderAt(git, folderOf(oid))
  return folder !== undefined && findStat(folder, bytePath(oid))?.isFile() === true
}

function folderOf(oid: string): BytePath {
  return bytePath(`lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}`)
}

function makeFolders(git: OpenFolder, path: BytePath): OpenFolder | undefined {
  let folder = findFolderAt(git, "" as BytePath)
  for (const name of namesOf(path)) {
    if (folder === undefined) return undefined
    using above: OpenFolder = folder
    const isNew = findStat(above, name) === undefined
    if (isNew) mkdirSync(locate(above, name), { mode: 0o755 })
    folder = findFolder(above, name)
    if (isNew && folder !== undefined) giveToOwner(folder.fd, above)
  }
  return folder
}
