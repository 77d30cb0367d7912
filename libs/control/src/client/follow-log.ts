// Reads a log that may still be written: what is there, then what comes, until its run is over.
//
// Follows the file it has open, not the name: a log that is rotated away is read to its end
// before the next one is begun.

import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs"
import { ifThere } from "@bot-bottle/kernel"

export interface FollowedLog {
  /** The one that is written to. */
  readonly current: string
  /** Where its earlier part was moved to; may not exist. Never optional: without it a reader loses the first half. */
  readonly earlier: string
  /** False once nothing more is going to be written. Absent: only what is there now is read. */
  readonly mayGrow?: () => boolean | Promise<boolean>
}

const POLL_MS = 100
const CHUNK_BYTES = 64 * 1024

export async function* followLog({ current, earlier, mayGrow }: FollowedLog): AsyncGenerator<Uint8Array> {
  let file = ifThere(() => openSync(current, "r"))
  try {
    // The log may have been rotated since it was opened: then this is the same file, and is read below.
    if (!isNamed(file, earlier)) yield* readAll(earlier)
    for (;;) {
      // Asked before reading: what a run writes last is there when it is over.
      const isOver = mayGrow === undefined || !(await mayGrow())
      file ??= ifThere(() => openSync(current, "r"))
      if (file !== undefined) yield* readOn(file)
      while (file !== undefined && !isNamed(file, current)) {
        const next = ifThere(() => openSync(current, "r"))
        if (next === undefined) break
        // Nothing is added to the old one once the new one stands.
        yield* readOn(file)
        closeSync(file)
        file = next
        yield* readOn(file)
      }
      if (isOver) return
      await Bun.sleep(POLL_MS)
    }
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function isNamed(file: number | undefined, path: string): boolean {
  if (file === undefined) return false
  const named = statSync(path, { throwIfNoEntry: false })
  return named !== undefined && named.ino === fstatSync(file).ino
}

function* readAll(path: string): Generator<Uint8Array> {
  const file = ifThere(() => openSync(path, "r"))
  if (file === undefined) return
  try {
    yield* readOn(file)
  } finally {
    closeSync(file)
  }
}

/** From where the last call stopped to what is the end now. */
function* readOn(file: number): Generator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES)
    const bytes = readSync(file, chunk)
    if (bytes === 0) return
    yield chunk.subarray(0, bytes)
  }
}
