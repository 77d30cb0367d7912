// Brings reviewed changes of a workspace back into the original folder, one file at a time.
//
// Each is judged again where it lands, right before it lands. A file is written beside its place
// and moved there whole; a folder is entered through real folders only. An interruption leaves some
// files new and the others old, and the same command continues.
//
//   INV-153  `apply` writes nothing outside the original folder and through no link, replaces
//            nothing that is not as it was when the workspace was filled, and brings the very
//            bytes that were reviewed.

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from "node:fs"
import { OperatorProblem } from "@bot-bottle/contracts"
import {
  type BytePath,
  bytePath,
  bytesOf,
  codeOf,
  findFile,
  findFolder,
  findFolderAt,
  findStat,
  locate,
  nameOf,
  namesOf,
  type OpenFolder,
  openTopFolder,
  parentOf,
} from "@bot-bottle/kernel"
import { type Baseline, type BaselineEntry, type Entry, isSameEntry, writeBaseline } from "../baseline.ts"
import { copyFileBytes, NEW_FILE } from "../copy/copy-file.ts"
import { DRAFT_PREFIX, whyNeverBrought } from "../names/protected-names.ts"
import type { HideRules } from "../names/secret-names.ts"
import { entryOf } from "../survey.ts"
import type { Change } from "./changes.ts"
import { type Deletions, findDeletions } from "./deletions.ts"
import { standingOf } from "./review.ts"

export interface ApplyRequest {
  readonly slug: string
  /** Host path of the run's workspace. Nothing may be running in it. */
  readonly workspace: string
  readonly source: string
  readonly baseline: Baseline
  /** Rewritten, so that what came back counts as known from now on. */
  readonly baselineFile: string
  /** Every change of the review; those to bring are chosen by `isWanted`. */
  readonly changes: readonly Change[]
  isWanted(change: Change): boolean
}

export interface AppliedChange {
  readonly change: Change
  readonly outcome: { readonly kind: "applied" } | { readonly kind: "refused"; readonly why: string }
}

export function applyChanges(request: ApplyRequest): readonly AppliedChange[] {
  const { slug, workspace, source, baseline, baselineFile, changes } = request
  using copy = openTopFolder(workspace)
  using original = openTopFolder(source)
  const deletions = findDeletions(baseline, changes)
  const place: Place = {
    copy,
    original,
    deletions,
    changes,
    draft: bytePath(`${DRAFT_PREFIX}${slug}`),
    hide: baseline.hide,
  }
  removeOrphanDrafts(place)

  const entries = new Map<BytePath, BaselineEntry>(baseline.entries)
  const wanted = changes.filter((change) => request.isWanted(change))
  try {
    // Deletions come first and make room: a file may replace a folder.
    const inOrder = [...wanted].sort((a, b) => rank(a) - rank(b))
    return inOrder.map((change) => {
      const why = attempt(place, change)
      if (why !== undefined) return { change, outcome: { kind: "refused", why } }
      noteDone(entries, change)
      return { change, outcome: { kind: "applied" } }
    })
  } finally {
    for (const change of changes)
      if (standingOf(change, original, deletions).kind === "there-already") noteDone(entries, change)
    noteBaseline(baselineFile, { ...baseline, entries })
  }
}

function noteBaseline(file: string, baseline: Baseline): void {
  try {
    writeBaseline(file, baseline)
  } catch (error) {
    throw new OperatorProblem(`The applied changes could not be recorded: ${codeOf(error)}`, {
      hint: "make room, then apply again: it finds what is there already",
      cause: error,
    })
  }
}

interface Place {
  readonly copy: OpenFolder
  readonly original: OpenFolder
  readonly deletions: Deletions
  readonly changes: readonly Change[]
  /** One name in whatever folder is written to: what an interruption left is found again. */
  readonly draft: BytePath
  readonly hide: HideRules
}

function rank({ status }: Change): number {
  return status === "deleted" ? 0 : 1
}

function noteDone(entries: Map<BytePath, BaselineEntry>, change: Change): void {
  if (change.status === "renamed") entries.delete(change.from)
  if (change.status === "deleted") entries.delete(change.path)
  else entries.set(change.path, change.after)
}

/** Why not, in words. */
function attempt(place: Place, change: Change): string | undefined {
  const paths = change.status === "renamed" ? [change.path, change.from] : [change.path]
  const never = paths.map((path) => whyNeverBrought(path, place.hide)).find((why) => why !== undefined)
  if (never !== undefined) return never
  try {
    if (change.status === "deleted") return removeOriginal(place, change, change.path)
    const why = bring(place, change)
    return why === undefined && change.status === "renamed" ? removeMoved(place, change) : why
  } catch (error) {
    const isTaken = ["EEXIST", "EISDIR", "ENOTDIR", "ENOTEMPTY"].includes(codeOf(error))
    return isTaken ? "something else stands in its place" : `it cannot be written: ${codeOf(error)}`
  }
}

function bring(place: Place, change: Exclude<Change, { status: "deleted" }>): string | undefined {
  const standing = standingOf(change, place.original, place.deletions)
  if (standing.kind === "there-already") return undefined
  if (standing.kind === "conflict") return standing.why
  using folder = enterTarget(place.original, parentOf(change.path))
  if (folder === undefined) return "something on its way is not a folder in the original"
  removeDraft(folder, place.draft)
  try {
    const why =
      change.after.kind === "link"
        ? draftLink(folder, place.draft, change.after.target)
        : draftFile(place, folder, change, change.after)
    if (why !== undefined) return why
    // Again: the draft took its time.
    const now = standingOf(change, place.original, place.deletions)
    if (now.kind === "conflict") return now.why
    putInPlace(folder, place.draft, nameOf(change.path), change.status === "added" || change.status === "renamed")
    return undefined
  } finally {
    removeDraft(folder, place.draft)
  }
}

function draftLink(folder: OpenFolder, draft: BytePath, target: BytePath): undefined {
  symlinkSync(bytesOf(target), locate(folder, draft))
  const { uid, gid } = fstatSync(folder.fd)
  if (isRoot()) lchownSync(locate(folder, draft), uid, gid)
}

function draftFile(
  { copy, original, draft }: Place,
  folder: OpenFolder,
  change: Change,
  after: Extract<Entry, { kind: "file" }>,
): string | undefined {
  using from = findFolderAt(copy, parentOf(change.path))
  using file = from === undefined ? undefined : findFile(from, nameOf(change.path))
  if (file === undefined) return "it is gone from the workspace"
  const target = openSync(locate(folder, draft), NEW_FILE, 0o600)
  try {
    if (copyFileBytes(file.fd, target, { hashed: true, stat: file.stat }).hash !== after.hash)
      return "it has changed since it was reviewed"
    const replaced = statOfReplaced(original, change)
    if (isRoot()) {
      const owner = replaced ?? fstatSync(folder.fd, { bigint: true })
      fchownSync(target, Number(owner.uid), Number(owner.gid))
    }
    fchmodSync(target, modeFor(replaced === undefined ? undefined : Number(replaced.mode & 0o777n), after.executable))
    return undefined
  } finally {
    closeSync(target)
  }
}

function statOfReplaced(original: OpenFolder, change: Change) {
  const path = change.status === "renamed" ? change.from : change.path
  using folder = findFolderAt(original, parentOf(path))
  const stat = folder === undefined ? undefined : findStat(folder, nameOf(path))
  return stat?.isFile() === true ? stat : undefined
}

/** As Git does it: of the agent's mode only whether it may be executed. */
function modeFor(replaced: number | undefined, executable: boolean): number {
  const readable = replaced ?? 0o666 & ~process.umask()
  return executable ? readable | ((readable & 0o444) >> 2) : readable & ~0o111
}

function putInPlace(folder: OpenFolder, draft: BytePath, name: BytePath, isNew: boolean): void {
  if (isNew) {
    try {
      // Fails where something has come up meanwhile; a rename would replace it.
      linkSync(locate(folder, draft), locate(folder, name))
      return
    } catch (error) {
      // Not every file system has hard links.
      if (!["EPERM", "ENOTSUP", "EMLINK", "ENOSYS"].includes(codeOf(error))) throw error
    }
  }
  renameSync(locate(folder, draft), locate(folder, name))
}

function removeMoved(place: Place, change: Extract<Change, { status: "renamed" }>): string | undefined {
  const why = removeOriginal(place, { status: "deleted", path: change.from, before: change.before }, change.from)
  return why === undefined ? undefined : `it came under its new name, but the old one stays: ${why}`
}

function removeOriginal(
  { copy, original }: Place,
  { before }: Extract<Change, { status: "deleted" }>,
  path: BytePath,
): string | undefined {
  using folder = findFolderAt(original, parentOf(path))
  if (folder === undefined) return undefined
  const found = entryOf(folder, nameOf(path))
  if (found === undefined) return undefined
  if (found.kind === "other" || !isSameEntry(found, before)) return "it has been changed in the original folder"
  unlinkSync(locate(folder, nameOf(path)))
  removeEmptied(copy, original, parentOf(path))
  return undefined
}

/** Folders that the agent removed with what was in them. */
function removeEmptied(copy: OpenFolder, original: OpenFolder, path: BytePath): void {
  for (let at = path; at !== ""; at = parentOf(at)) {
    using kept = findFolderAt(copy, at)
    if (kept !== undefined) return
    using above = findFolderAt(original, parentOf(at))
    if (above === undefined) return
    try {
      rmdirSync(locate(above, nameOf(at)))
    } catch {
      return // the operator has something in it
    }
  }
}

/** The folder of the original, made with those above it where it is missing. */
function enterTarget(original: OpenFolder, path: BytePath): OpenFolder | undefined {
  let folder = findFolderAt(original, "" as BytePath)
  for (const name of path === "" ? [] : namesOf(path)) {
    using above = folder
    if (above === undefined) return undefined
    folder = findFolder(above, name) ?? makeFolder(above, name)
  }
  return folder
}

function makeFolder(above: OpenFolder, name: BytePath): OpenFolder | undefined {
  if (findStat(above, name) !== undefined) return undefined
  mkdirSync(locate(above, name))
  const made = findFolder(above, name)
  if (made !== undefined && isRoot()) {
    const { uid, gid } = fstatSync(above.fd)
    fchownSync(made.fd, uid, gid)
  }
  return made
}

function removeOrphanDrafts({ original, changes, draft }: Place): void {
  for (const path of new Set(changes.map((change) => parentOf(change.path)))) {
    using folder = findFolderAt(original, path)
    if (folder !== undefined && findStat(folder, draft)?.isDirectory() === false) removeDraft(folder, draft)
  }
}

function removeDraft(folder: OpenFolder, draft: BytePath): void {
  if (findStat(folder, draft) !== undefined) unlinkSync(locate(folder, draft))
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
