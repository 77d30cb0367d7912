// `state/<slug>/metadata.json`: what a run was started as, so that it can be shown and resumed.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { RunMetadata } from "@bot-bottle/contracts"
import { encodeRunMetadata, MAX_RUN_METADATA, runMetadataSchema } from "@bot-bottle/contracts/messages/run-metadata"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { ifThere, replaceFile } from "@bot-bottle/kernel"

export type { RunMetadata }

export const METADATA_FILE = "metadata.json"

/** Replaced whole: a reader, or a crash at any moment, sees the old text or the new. */
export function writeRunMetadata(stateFolder: string, metadata: RunMetadata): void {
  replaceFile(join(stateFolder, METADATA_FILE), encodeRunMetadata(metadata))
}

/** Undefined when there is no such file, or it is invalid. A key that an older build did not write gets its default. */
export function findRunMetadata(stateFolder: string): RunMetadata | undefined {
  const text = ifThere(() => readFileSync(join(stateFolder, METADATA_FILE), "utf8"))
  if (text === undefined) return undefined
  const parsed = parseMessage(runMetadataSchema, text, { maxLength: MAX_RUN_METADATA })
  return parsed.outcome === "parsed" ? parsed.message : undefined
}
