// Writes the first manifests and settings of a host. A file that exists is the operator's work
// and stays.

import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { ensureHostRoot, listStarterFiles, type StarterChoice } from "@bot-bottle/manifest"

export interface WrittenFile {
  readonly path: string
  readonly outcome: "created" | "kept"
}

export function writeStarterFiles(root: string, choice: StarterChoice): readonly WrittenFile[] {
  ensureHostRoot(root)
  return listStarterFiles(choice).map(({ path, text }) => {
    const target = join(root, path)
    if (existsSync(target)) return { path: target, outcome: "kept" }
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    // Exclusive: another process may create the file in this moment.
    writeFileSync(target, text, { mode: 0o600, flag: "wx" })
    return { path: target, outcome: "created" }
  })
}
