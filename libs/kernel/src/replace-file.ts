// Replaces a small file whole, for its owner alone. A crash at any moment leaves the old text or the
// new one, never half. When this returns, the new one is on the disk.

import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"

/** A link is followed: operators keep their dotfiles elsewhere. Throws the system's error, and changes nothing. */
export function replaceFile(path: string, text: string): void {
  const target = resolveLink(path)
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}.draft`)
  try {
    writeDurably(draft, text)
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  syncFolder(dirname(target))
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, "w", 0o600)
  try {
    // Not `writeSync`: on a full disk that writes a part of the text and reports no error.
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Until then a power cut may bring the old name back. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r")
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
