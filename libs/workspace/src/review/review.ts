// An agent's changes, compared with the original folder: those that can be applied, those that
// conflict with the operator's own work, those that are held back.

import { type BytePath, bytePath, joinPath, nameOf, type OpenFolder, openTopFolder, parentOf } from "@bot-bottle/kernel"
import type { Baseline } from "../baseline.ts"
import type { SkippedEntry } from "../copy/copy-tree.ts"
import { type IgnoreAnswer, listIgnored } from "../host-git/list-ignored.ts"
import { protectionOf, whyNeverBrought } from "../names/protected-names.ts"
import type { HideRules } from "../names/secret-names.ts"
import { readPlainFile } from "../read-file.ts"
import { resolveLink } from "../resolve-link.ts"
import { type Survey, surveyFolder } from "../survey.ts"
import { type Change, listChanges } from "./changes.ts"
import { type Deletions, findDeletions } from "./deletions.ts"
import { isFound, lookAtOriginal, type OriginalState } from "./original.ts"

export type Standing =
  | { readonly kind: "clean" }
  /** The original folder holds the agent's version already. */
  | { readonly kind: "there-already" }
  | { readonly kind: "conflict"; readonly why: string }

export interface ReviewedChange {
  readonly change: Change
  readonly standing: Standing
  /** Why it comes back only when asked for; in words. */
  readonly held?: string
}

export interface Review {
  /** Absent when the workspace began empty. */
  readonly source?: string
  readonly changes: readonly ReviewedChange[]
  /** New files that the project's own rules leave out. */
  readonly ignored: readonly BytePath[]
  /** Why the rules were not followed, in words. */
  readonly rulesFailure?: string
  /** Of the workspace: neither compared nor brought. */
  readonly unseen: readonly SkippedEntry[]
}

export interface ReviewRequest {
  /** Host path of the run's workspace. */
  readonly workspace: string
  readonly baseline: Baseline
  /** Files that the rules leave out are listed with all others. */
  readonly includeIgnored?: boolean
}

const RULES = bytePath(".gitignore")
const MAX_RULE_BYTES = 1024 * 1024
const MAX_INDEX_BYTES = 256 * 1024 * 1024

export async function reviewWorkspace({ workspace, baseline, includeIgnored }: ReviewRequest): Promise<Review> {
  using copy = openTopFolder(workspace)
  const survey = surveyFolder(copy)
  const all = listChanges(baseline.entries, survey)
  const { source } = baseline
  using original = source === undefined ? undefined : openTopFolder(source)
  const { ignored, failure } =
    includeIgnored === true ? { ignored: new Set<BytePath>() } : await findIgnored(copy, original, survey, all)
  const repositories = findRepositories(survey)
  const deletions = findDeletions(baseline, all)
  return {
    ...(source === undefined ? {} : { source }),
    changes: all
      .filter(({ path, status }) => status !== "added" || !ignored.has(path))
      .map((change) => {
        const held = whyHeld(change, { survey, repositories, hide: baseline.hide })
        return {
          change,
          standing: original === undefined ? { kind: "clean" } : standingOf(change, original, deletions),
          ...(held === undefined ? {} : { held }),
        }
      }),
    ignored: [...ignored].sort(),
    ...(failure === undefined ? {} : { rulesFailure: failure }),
    unseen: survey.unseen,
  }
}

async function findIgnored(
  copy: OpenFolder,
  original: OpenFolder | undefined,
  { entries }: Survey,
  changes: readonly Change[],
): Promise<IgnoreAnswer> {
  const paths = changes.filter(({ status }) => status === "added").map(({ path }) => path)
  const rules = new Map<BytePath, Uint8Array>()
  for (const path of entries.keys()) {
    const bytes = nameOf(path) === RULES ? readPlainFile(copy, path, MAX_RULE_BYTES) : undefined
    if (bytes !== undefined) rules.set(path, bytes)
  }
  const exclude = original && readPlainFile(original, bytePath(".git/info/exclude"), MAX_RULE_BYTES)
  const index = original && readPlainFile(original, bytePath(".git/index"), MAX_INDEX_BYTES)
  return listIgnored({
    paths,
    rules,
    ...(exclude === undefined ? {} : { exclude }),
    ...(index === undefined ? {} : { index }),
  })
}

/** Also used right before a change is made, when all may be different again. */
export function standingOf(change: Change, original: OpenFolder, deletions: Deletions): Standing {
  const [before, after] = ["before" in change ? change.before : undefined, "after" in change ? change.after : undefined]
  if (change.status === "renamed") {
    const left = lookAtOriginal(original, change.from, change.before)
    const arrived = lookAtOriginal(original, change.path, undefined)
    if (isFound(left, undefined) && isFound(arrived, change.after)) return { kind: "there-already" }
    if (!isFound(left, change.before) && !isFound(left, undefined)) return conflict(left, true)
    if (!isFound(arrived, undefined) && !isFound(arrived, change.after)) return conflict(arrived, false)
    return { kind: "clean" }
  }
  const now = lookAtOriginal(original, change.path, before)
  if (isFound(now, after)) return { kind: "there-already" }
  if (isFound(now, before)) return { kind: "clean" }
  if (change.status === "added" && makesRoom(now, change.path, deletions)) return { kind: "clean" }
  return conflict(now, before !== undefined)
}

function makesRoom(now: OriginalState, path: BytePath, { files, folders }: Deletions): boolean {
  if (now.kind === "blocked") return files.has(now.at)
  return now.found?.kind === "other" && now.found.what === "a folder" && folders.has(path)
}

function conflict(now: OriginalState, wasThere: boolean): Standing {
  if (now.kind === "blocked") return { kind: "conflict", why: `${now.at} is ${now.what} in the original folder now` }
  const { found } = now
  if (found === undefined) return { kind: "conflict", why: "it has been deleted in the original folder" }
  if (found.kind === "other") return { kind: "conflict", why: `it is ${found.what} in the original folder now` }
  const why = wasThere ? "it has been changed in the original folder" : "the original folder has one of its own now"
  return { kind: "conflict", why }
}

function whyHeld(
  change: Change,
  { survey, repositories, hide }: { survey: Survey; repositories: ReadonlySet<BytePath>; hide: HideRules },
): string | undefined {
  const paths = change.status === "renamed" ? [change.from, change.path] : [change.path]
  for (const path of paths) {
    const why = protectionOf(path) ?? whyNeverBrought(path, hide)
    if (why !== undefined) return why
    if (isInOneOf(path, repositories))
      return "it is part of a Git repository of its own, whose configuration Git would obey"
  }
  if ("after" in change && change.after.kind === "link") return whyLinkHeld(survey, change.path, change.after.target)
  return undefined
}

function isInOneOf(path: BytePath, folders: ReadonlySet<BytePath>): boolean {
  for (let at = path; at !== ""; ) {
    at = parentOf(at)
    if (folders.has(at)) return true
  }
  return false
}

function whyLinkHeld(survey: Survey, path: BytePath, target: BytePath): string | undefined {
  const resolved = resolveLink(survey, path, target)
  if (resolved === undefined) return "it is a link that leads out of the folder"
  const isProtected = resolved.through.some((one) => protectionOf(one) !== undefined)
  return isProtected ? "it is a link to something protected" : undefined
}

/** Folders that Git would take for a bare repository. */
function findRepositories({ entries }: Survey): ReadonlySet<BytePath> {
  const has = (folder: BytePath, name: string) => entries.has(joinPath(folder, bytePath(name)))
  const stores = new Set<BytePath>()
  for (const path of entries.keys()) {
    for (let at = path; at !== ""; at = parentOf(at))
      if (["objects", "refs", "commondir"].includes(nameOf(at).toLowerCase())) stores.add(parentOf(at))
  }
  return new Set([...stores].filter((folder) => has(folder, "HEAD") || has(folder, "head")))
}
