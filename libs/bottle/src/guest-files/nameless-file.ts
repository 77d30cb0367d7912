// A file that only its descriptor leads to: its reader reads it, and the kernel drops it.

import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The descriptor is the caller's to close. */
export function openNamelessFile(content: string | Uint8Array): number {
  const folder = mkdtempSync(join(tmpdir(), "bot-bottle-"))
  try {
    const path = join(folder, "content")
    writeFileSync(path, content, { mode: 0o600 })
    return openSync(path, "r")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
