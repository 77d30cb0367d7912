// Finds what is protected in a folder by its name, at any depth, and folders that Git would
// take for a repository.
//
// The content of node_modules belongs to the project's packages, and is nobody's project folder:
// only repositories count there.

import type { BigIntStats } from "node:fs"
import {
  type BytePath,
  bytePath,
  codeOf,
  findFolder,
  findStat,
  joinPath,
  listNames,
  type OpenFolder,
} from "@bot-bottle/kernel"
import { describeKind, MAX_LEVELS } from "../copy/copy-tree.ts"
import { isSecret } from "../names/find-secret.ts"
import { isGitName } from "../names/git-folder.ts"
import { findProtectedName } from "../names/protected-names.ts"
import type { HideRules } from "../names/secret-names.ts"

export interface ProtectedEntry {
  readonly path: BytePath
  readonly kind: "folder" | "file" | "other"
  /** In words: "a folder", "a link". */
  readonly what: string
  readonly why: string
  /** A file with another name somewhere, which could be written instead. */
  readonly hasOtherNames: boolean
}

export interface Scan {
  /** Parents before what is in them; nothing inside a protected entry. */
  readonly entries: readonly ProtectedEntry[]
  /** Folders that could not be looked into, in words. */
  readonly unseen: readonly { readonly path: BytePath; readonly why: string }[]
  /** Files that may hold a secret, outside of protected entries. */
  readonly secrets: readonly { readonly path: BytePath; readonly kind: "folder" | "file" }[]
}

export function scanProtected(top: OpenFolder, hide: HideRules): Scan {
  const entries: ProtectedEntry[] = []
  const unseen: { path: BytePath; why: string }[] = []
  const secrets: { path: BytePath; kind: "folder" | "file" }[] = []
  enter(top, { levels: 0, isInPackages: false })
  return { entries, unseen, secrets }

  function enter(folder: OpenFolder, place: { readonly levels: number; readonly isInPackages: boolean }): void {
    const names = listNames(folder)
    if (looksBare(names)) {
      const why = "it is a Git repository of its own, whose configuration Git would obey"
      // The top itself stays where it is; without its head it is not a repository.
      const path = folder.path === "" ? HEAD : folder.path
      const kind = folder.path === "" ? "other" : "folder"
      entries.push({ path, kind, what: "a repository", why, hasOtherNames: false })
      if (folder.path !== "") return
    }
    for (const name of names) {
      const stat = findStat(folder, name)
      if (stat === undefined) continue
      const found = findProtectedName(name)
      if (found !== undefined && (!place.isInPackages || isGitName(name))) {
        entries.push(describe(joinPath(folder.path, name), stat, found.why))
      } else if (isSecret(folder, name, stat, hide)) {
        secrets.push({ path: joinPath(folder.path, name), kind: stat.isDirectory() ? "folder" : "file" })
      } else if (stat.isDirectory()) {
        const isInPackages = place.isInPackages || name === "node_modules"
        descend(folder, name, { levels: place.levels + 1, isInPackages })
      }
    }
  }

  function descend(
    above: OpenFolder,
    name: BytePath,
    place: { readonly levels: number; readonly isInPackages: boolean },
  ): void {
    const path = joinPath(above.path, name)
    if (place.levels > MAX_LEVELS) {
      unseen.push({ path, why: `it lies ${MAX_LEVELS} folders deep` })
      return
    }
    try {
      using inner = findFolder(above, name)
      if (inner !== undefined) enter(inner, place)
    } catch (error) {
      unseen.push({ path, why: `it cannot be read: ${codeOf(error)}` })
    }
  }
}

function describe(path: BytePath, stat: BigIntStats, why: string): ProtectedEntry {
  const kind = stat.isDirectory() ? "folder" : stat.isFile() ? "file" : "other"
  return { path, kind, what: describeKind(stat), why, hasOtherNames: kind === "file" && stat.nlink > 1n }
}

const HEAD = bytePath("HEAD")

/** As Git decides it: a head, and where objects and refs are or are said to be. */
function looksBare(names: readonly BytePath[]): boolean {
  const has = (name: string) => names.includes(name as BytePath)
  return has("HEAD") && ((has("objects") && has("refs")) || has("commondir"))
}
