// Replaces a small file whole, for its owner alone. A crash at any moment leaves the old text or the
// new one. When this returns, the new one is on the disk.

import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, writeSync } from "node:fs"
import { basename, dirname, join } from "node:path"

/** A link is followed: operators keep their dotfiles elsewhere. */
export function replaceFile(path: string, text: string): void {
  const target = resolveLink(path)
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}.draft`)
  const file = openSync(draft, "w", 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  renameSync(draft, target)
  const folder = openSync(dirname(target), "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return path
    throw error
  }
}
