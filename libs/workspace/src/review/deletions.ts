// The entries of the original folder that the same review deletes. They make room: a file where a
// folder was, a folder where a file was. Pure.

import { type BytePath, parentOf } from "@bot-bottle/kernel"
import type { Baseline } from "../baseline.ts"
import type { Change } from "./changes.ts"

export interface Deletions {
  readonly files: ReadonlySet<BytePath>
  /** Every file that the baseline has in them leaves. */
  readonly folders: ReadonlySet<BytePath>
}

/** Once for a review: an agent may have made very many changes. */
export function findDeletions({ entries }: Baseline, changes: readonly Change[]): Deletions {
  const files = new Set(changes.flatMap(({ status, path }) => (status === "deleted" ? [path] : [])))
  const folders = new Set<BytePath>()
  for (const path of files) addParents(folders, path)
  const staying = new Set<BytePath>()
  for (const path of entries.keys()) if (!files.has(path)) addParents(staying, path)
  return { files, folders: folders.difference(staying) }
}

function addParents(folders: Set<BytePath>, path: BytePath): void {
  for (let at = parentOf(path); at !== "" && !folders.has(at); at = parentOf(at)) folders.add(at)
}
