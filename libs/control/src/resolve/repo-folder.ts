// Where a repository's own agents are looked for: the Git top level of the current folder, or
// that folder. Found by looking, never by running git, whose configuration the repository owns.

import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

export function findRepoFolder(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder
    if (dirname(folder) === folder) return cwd
  }
}
