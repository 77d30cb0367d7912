// `state/<slug>/metadata.json`: what a run was started as, so that it can be shown and resumed.
//
//   The file is replaced whole: a reader, or a crash at any moment, sees the old text or the new, never
//   half.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import type { RunMetadata } from "@bot-bottle/contracts"
import { parseMessage } from "@bot-bottle/contracts/messages/parse-message"
import { encodeRunMetadata, MAX_RUN_METADATA, runMetadataSchema } from "@bot-bottle/contracts/messages/run-metadata"

export type { RunMetadata }

export const METADATA_FILE = "metadata.json"

export function writeRunMetadata(stateFolder: string, metadata: RunMetadata): void {
  const path = join(stateFolder, METADATA_FILE)
  const draft = `${path}.${process.pid}.draft`
  const file = openSync(draft, "w", 0o600)
  try {
    writeSync(file, encodeRunMetadata(metadata))
    fsyncSync(file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
  syncFolder(stateFolder)
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

/** Undefined when there is no such file, or it is invalid. A key that an older build did not write gets its default. */
export function findRunMetadata(stateFolder: string): RunMetadata | undefined {
  const text = readIfThere(join(stateFolder, METADATA_FILE))
  if (text === undefined) return undefined
  const parsed = parseMessage(runMetadataSchema, text, { maxLength: MAX_RUN_METADATA })
  return parsed.outcome === "parsed" ? parsed.message : undefined
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}
