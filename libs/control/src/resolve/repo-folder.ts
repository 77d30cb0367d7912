// The Git work tree around a folder. Found by looking, never by running Git, whose configuration
// the repository owns.

import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

/** Where a repository's own agents are looked for: the top of the work tree, or the folder itself. */
export function findRepoFolder(cwd: string): string {
  return findWorkTree(cwd) ?? cwd
}

/** Undefined outside of a work tree. */
export function findWorkTree(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder
    if (dirname(folder) === folder) return undefined
  }
}
