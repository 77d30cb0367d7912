// The content of a workspace now, while its agent works or after it.
//
// The agent's tree is hostile: it is walked through open folders, only regular files are
// read, and what cannot be looked at is named rather than taken for deleted.

import {
  type BytePath,
  codeOf,
  findFile,
  findFolder,
  findStat,
  joinPath,
  listNames,
  type OpenFolder,
} from "@bot-bottle/kernel"
import type { Entry } from "./baseline.ts"
import { digestFile } from "./copy/copy-file.ts"
import { describeKind, MAX_LEVELS, readLink, type SkippedEntry } from "./copy/copy-tree.ts"
import { isGitName } from "./names/git-folder.ts"

export interface Survey {
  readonly entries: ReadonlyMap<BytePath, Entry>
  /** Neither they nor what lies in them is in `entries`. */
  readonly unseen: readonly SkippedEntry[]
}

/** Of holes, in all files together. A file can be nothing else, and take hours to read. */
const MAX_HOLE_BYTES = 16 * 1024 ** 3

/** Everything in the folder but Git's own files. */
export function surveyFolder(top: OpenFolder): Survey {
  const entries = new Map<BytePath, Entry>()
  const unseen: SkippedEntry[] = []
  let holeBytes = 0
  enter(top, 0)
  return { entries, unseen }

  function enter(folder: OpenFolder, levels: number): void {
    for (const name of listNames(folder)) {
      if (isGitName(name)) continue
      const path = joinPath(folder.path, name)
      const why = lookAt(folder, name, path, levels)
      if (why !== undefined) unseen.push({ path, why })
    }
  }

  function lookAt(folder: OpenFolder, name: BytePath, path: BytePath, levels: number): string | undefined {
    try {
      const stat = findStat(folder, name)
      if (stat?.isDirectory() === true) {
        if (levels >= MAX_LEVELS) return `it lies ${MAX_LEVELS} folders deep`
        using inner = findFolder(folder, name)
        if (inner === undefined) return "it changes while bot-bottle reads it"
        enter(inner, levels + 1)
        return undefined
      }
      const hole = stat?.isFile() === true ? Math.max(0, Number(stat.size - stat.blocks * 512n)) : 0
      if (holeBytes + hole > MAX_HOLE_BYTES) return `it is ${stat?.size} bytes, most of them a hole`
      holeBytes += hole
      const entry = entryOf(folder, name)
      if (entry !== undefined && entry.kind !== "other") entries.set(path, entry)
      return entry?.kind === "other" ? `it is ${entry.what}` : undefined
    } catch (error) {
      return `it cannot be read: ${codeOf(error)}`
    }
  }
}

export type Found = Entry | { readonly kind: "other"; readonly what: string } | undefined

/** One name in an open folder, whatever it is. */
export function entryOf(folder: OpenFolder, name: BytePath): Found {
  const stat = findStat(folder, name)
  if (stat === undefined) return undefined
  if (stat.isSymbolicLink()) return linkOf(folder, name)
  if (!stat.isFile()) return { kind: "other", what: describeKind(stat) }
  using file = findFile(folder, name)
  if (file === undefined) return { kind: "other", what: "changing while bot-bottle reads it" }
  return {
    kind: "file",
    executable: (file.stat.mode & 0o100n) !== 0n,
    size: Number(file.stat.size),
    hash: digestFile(file.fd),
  }
}

function linkOf(folder: OpenFolder, name: BytePath): Found {
  try {
    return { kind: "link", target: readLink(folder, name) }
  } catch (error) {
    if (!["EINVAL", "ENOENT"].includes(codeOf(error))) throw error
    return { kind: "other", what: "changing while bot-bottle reads it" }
  }
}
