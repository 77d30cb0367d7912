// Placeholders: entries in an operator's folder, for the time of a run, where a protected name is
// absent. Removed only when it is as it was made: empty, or of the very text it was given.

import { closeSync, mkdirSync, openSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs"
import type { Placeholder } from "@bot-bottle/contracts"
import { codeOf, findFolderAt, findStat, locate, nameOf, type OpenFolder, parentOf } from "@bot-bottle/kernel"
import { NEW_FILE } from "../copy/copy-file.ts"
import { readPlainFile } from "../read-file.ts"

/** Throws when something has come up there since it was planned. */
export function makePlaceholder(top: OpenFolder, { path, kind }: Placeholder): void {
  using folder = findFolderAt(top, parentOf(path)) ?? makeParent(top, path)
  const place = locate(folder, nameOf(path))
  if (kind === "folder") {
    mkdirSync(place, { mode: 0o755 })
    return
  }
  const fd = openSync(place, NEW_FILE, 0o644)
  try {
    writeFileSync(fd, kind.text)
  } finally {
    closeSync(fd)
  }
}

/** False when something else stands there now, which is left. */
export function removePlaceholder(top: OpenFolder, { path, kind }: Placeholder): boolean {
  using folder = findFolderAt(top, parentOf(path))
  const stat = folder === undefined ? undefined : findStat(folder, nameOf(path))
  if (folder === undefined || stat === undefined) return true
  if (kind !== "folder") {
    if (readPlainFile(top, path, 4096)?.toString("utf8") !== kind.text) return false
    unlinkSync(locate(folder, nameOf(path)))
    return true
  }
  try {
    rmdirSync(locate(folder, nameOf(path)))
    return true
  } catch (error) {
    if (codeOf(error) === "ENOENT") return true
    if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(codeOf(error))) return false
    throw error
  }
}

function makeParent(top: OpenFolder, path: Placeholder["path"]): OpenFolder {
  const above = parentOf(path)
  makePlaceholder(top, { path: above, kind: "folder" })
  const made = findFolderAt(top, above)
  if (made === undefined) throw new Error(`${above} changes while bot-bottle makes it`)
  return made
}
