// Whether a folder holds more than a limit. Counts the blocks on disk, so that holes cost nothing,
// follows no link, and stops as soon as the answer is yes.

import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"

/** POSIX counts `st_blocks` in units of 512 bytes. */
const BLOCK_BYTES = 512

/** An entry that cannot be read counts as nothing: the copy will name it. */
export function holdsMoreThan(folder: string, limitBytes: number): boolean {
  let bytes = 0
  const pending = [folder]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of entriesOf(next)) {
      const path = join(next, entry.name)
      if (entry.isDirectory()) pending.push(path)
      bytes += bytesOf(path)
      if (bytes > limitBytes) return true
    }
  }
  return false
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    // Closed to us, or gone meanwhile.
    return []
  }
}

function bytesOf(path: string): number {
  return (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK_BYTES
}
