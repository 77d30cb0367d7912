// Which names in a workspace are Git's own. Case is ignored: on some file systems it makes no
// difference, and Git itself takes care of that.

import { type BytePath, namesOf } from "./byte-path.ts"

export function isGitName(name: string): boolean {
  return name.toLowerCase() === ".git"
}

/** The path is a `.git`, or lies in one. */
export function isGitPath(path: BytePath): boolean {
  return namesOf(path).some(isGitName)
}
