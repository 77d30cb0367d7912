// Which names in a workspace are Git's own. Case is ignored: on some file systems it makes no
// difference, and Git itself takes care of that.

import { type BytePath, namesOf, parentOf } from "@bot-bottle/kernel"

export function isGitName(name: string): boolean {
  return name.toLowerCase() === ".git"
}

/**
 * Whether a `.git` file, as worktrees and submodules have it, points to a folder inside of the one
 * it was found in. A folder elsewhere is not the workspace's: the file may be a stranger's.
 */
export function pointsInside(path: BytePath, text: string): boolean {
  const target = text.match(/^gitdir: (.+?)\n?$/)?.[1]
  if (target === undefined || target.startsWith("/")) return false
  let levels = parentOf(path) === "" ? 0 : namesOf(parentOf(path)).length
  for (const name of target.split("/")) {
    if (name === "..") levels -= 1
    else if (name !== "" && name !== ".") levels += 1
    if (levels < 0) return false
  }
  return true
}
