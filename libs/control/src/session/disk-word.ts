// `state/<slug>/egress/disk`: what a run holds of the disk, as its launcher last measured it, for
// the other launchers of this host. Made while there is room, and written over in place: it must
// still be possible to say so when the disk is full.

import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { asObject, parseJson, runFolders, type Slug } from "@bot-bottle/contracts"

export interface DiskWord {
  readonly atMs: number
  readonly heldBytes: number
  readonly recentBytes: number
}

/** Every word is as long as this, so that one replaces the other whole. */
const WORD_BYTES = 128

export function writeDiskWord(root: string, slug: Slug, word: DiskWord): void {
  const file = openSync(pathOf(root, slug), constants.O_WRONLY | constants.O_CREAT, 0o600)
  try {
    writeSync(file, JSON.stringify(word).padEnd(WORD_BYTES), 0)
  } finally {
    closeSync(file)
  }
}

/** Undefined when there is none, or none that can be read. */
export function findDiskWord(root: string, slug: Slug): DiskWord | undefined {
  try {
    const word = asObject(parseJson(readFileSync(pathOf(root, slug), "utf8")))
    const [atMs, heldBytes, recentBytes] = [word?.["atMs"], word?.["heldBytes"], word?.["recentBytes"]].map(asNumber)
    if (atMs === undefined || heldBytes === undefined || recentBytes === undefined) return undefined
    return { atMs, heldBytes, recentBytes }
  } catch {
    // Not made yet, or the run has just been removed.
    return undefined
  }
}

function pathOf(root: string, slug: Slug): string {
  return join(runFolders(root, slug).egress, "disk")
}

function asNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined
}
