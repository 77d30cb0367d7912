// The entry of the original folder at a path where the agent's work would land.

import {
  type BytePath,
  findFolder,
  findFolderAt,
  findStat,
  joinPath,
  nameOf,
  namesOf,
  type OpenFolder,
  parentOf,
} from "@bot-bottle/kernel"
import { type BaselineEntry, isSameEntry } from "../baseline.ts"
import { describeKind } from "../copy/copy-tree.ts"
import { stampOf } from "../stamp.ts"
import { entryOf, type Found } from "../survey.ts"

export type OriginalState =
  | { readonly kind: "found"; readonly found: Found }
  /** An entry on the way is not a folder. */
  | { readonly kind: "blocked"; readonly at: BytePath; readonly what: string }

/** A file whose stamp is as it was is not read again. */
export function lookAtOriginal(top: OpenFolder, path: BytePath, before: BaselineEntry | undefined): OriginalState {
  using folder = findFolderAt(top, parentOf(path))
  if (folder === undefined) return whatBlocks(top, path)
  const name = nameOf(path)
  if (before?.kind === "file" && before.stamp !== undefined) {
    const stat = findStat(folder, name)
    if (stat?.isFile() === true && stampOf(stat, Number.POSITIVE_INFINITY) === before.stamp)
      return { kind: "found", found: before }
  }
  return { kind: "found", found: entryOf(folder, name) }
}

export function isFound(state: OriginalState, entry: Exclude<Found, { kind: "other" }>): boolean {
  return state.kind === "found" && state.found?.kind !== "other" && isSameEntry(state.found, entry)
}

function whatBlocks(top: OpenFolder, path: BytePath): OriginalState {
  let at = "" as BytePath
  for (const name of namesOf(parentOf(path))) {
    using folder = findFolderAt(top, at)
    if (folder === undefined) break
    const stat = findStat(folder, name)
    // Nothing there yet, so nothing at `path` either.
    if (stat === undefined) return { kind: "found", found: undefined }
    at = joinPath(at, name)
    using next = findFolder(folder, name)
    if (next === undefined) return { kind: "blocked", at, what: describeKind(stat) }
  }
  return { kind: "found", found: undefined }
}
