// Both sides of a change, as far as they can be shown: the original folder's and the
// workspace's.

import { isUtf8 } from "node:buffer"
import {
  type BytePath,
  findFolderAt,
  findStat,
  nameOf,
  type OpenFolder,
  openTopFolder,
  parentOf,
} from "@bot-bottle/kernel"
import { readLink } from "../copy/copy-tree.ts"
import { readPlainFile } from "../read-file.ts"
import type { Change } from "./changes.ts"

export type Contents =
  | { readonly kind: "absent" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly target: BytePath }
  /** Not text, or too much of it. */
  | { readonly kind: "opaque"; readonly size: number }

export interface ContentsRequest {
  readonly workspace: string
  /** Absent when there is no original folder. */
  readonly source: string | undefined
  readonly change: Change
}

/** `before` is what the original folder holds now. */
export function loadContents({ workspace, source, change }: ContentsRequest): {
  readonly before: Contents
  readonly after: Contents
} {
  using copy = openTopFolder(workspace)
  using original = source === undefined ? undefined : openTopFolder(source)
  const from = change.status === "renamed" ? change.from : change.path
  return {
    before: original === undefined ? { kind: "absent" } : contentsOf(original, from),
    after: change.status === "deleted" ? { kind: "absent" } : contentsOf(copy, change.path),
  }
}

const MAX_BYTES = 4 * 1024 * 1024
/** Where Git looks for a NUL, too. */
const LOOKED_AT_BYTES = 8_000

function contentsOf(top: OpenFolder, path: BytePath): Contents {
  using folder = findFolderAt(top, parentOf(path))
  const stat = folder === undefined ? undefined : findStat(folder, nameOf(path))
  if (folder === undefined || stat === undefined) return { kind: "absent" }
  if (stat.isSymbolicLink()) return { kind: "link", target: readLink(folder, nameOf(path)) }
  const bytes = readPlainFile(top, path, MAX_BYTES)
  if (bytes === undefined || bytes.subarray(0, LOOKED_AT_BYTES).includes(0))
    return { kind: "opaque", size: Number(stat.size) }
  return { kind: "text", text: decode(bytes) }
}

/** Bytes outside UTF-8 are shown one by one, so that different texts look different. */
function decode(bytes: Buffer): string {
  const text = bytes.toString("utf8")
  return text.includes("\uFFFD") && !isUtf8(bytes) ? bytes.toString("latin1") : text
}
