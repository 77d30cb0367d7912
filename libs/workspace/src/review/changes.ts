// The agent's changes: the difference between the workspace at its start and now. Pure.

import { type BytePath, nameOf, parentOf } from "@bot-bottle/kernel"
import { type BaselineEntry, type Entry, isSameEntry } from "../baseline.ts"
import type { SkippedEntry } from "../copy/copy-tree.ts"
import type { Survey } from "../survey.ts"

export type Change =
  | { readonly status: "added"; readonly path: BytePath; readonly after: Entry }
  | {
      /** `retyped`: a file is a link now, or the other way round. */
      readonly status: "modified" | "retyped"
      readonly path: BytePath
      readonly before: BaselineEntry
      readonly after: Entry
    }
  | { readonly status: "deleted"; readonly path: BytePath; readonly before: BaselineEntry }
  | {
      /** To the byte: a file that was moved and edited is deleted and added. */
      readonly status: "renamed"
      readonly path: BytePath
      readonly from: BytePath
      readonly before: BaselineEntry
      readonly after: Entry
    }

/** Sorted by path. An entry that could not be read does not count as a change. */
export function listChanges(
  baseline: ReadonlyMap<BytePath, BaselineEntry>,
  { entries, unseen }: Survey,
): readonly Change[] {
  const added: Added[] = []
  const deleted: Deleted[] = []
  const changed: Change[] = []
  for (const [path, after] of entries) {
    const before = baseline.get(path)
    if (before === undefined) added.push({ status: "added", path, after })
    else if (before.kind !== after.kind) changed.push({ status: "retyped", path, before, after })
    else if (!isSameEntry(before, after)) changed.push({ status: "modified", path, before, after })
  }
  const hidden = new Set(unseen.map(({ path }: SkippedEntry) => path))
  for (const [path, before] of baseline)
    if (!entries.has(path) && !isHidden(path, hidden)) deleted.push({ status: "deleted", path, before })
  return [...changed, ...pairRenames(added, deleted)].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function isHidden(path: BytePath, hidden: ReadonlySet<BytePath>): boolean {
  for (let at = path; at !== ""; at = parentOf(at)) if (hidden.has(at)) return true
  return false
}

type Added = Extract<Change, { status: "added" }>
type Deleted = Extract<Change, { status: "deleted" }>

function pairRenames(added: readonly Added[], deleted: readonly Deleted[]): readonly Change[] {
  // Both in reverse, so that taking one from the end takes the first.
  const alike = Map.groupBy(deleted.toReversed(), ({ before }) => contentKey(before))
  const namesakes = Map.groupBy(deleted.toReversed(), ({ before, path }) => `${contentKey(before)} ${nameOf(path)}`)
  const moved = new Set<Change>()
  const takeFree = (from: Deleted[] | undefined): Deleted | undefined => {
    for (let one = from?.pop(); one !== undefined; one = from?.pop()) if (!moved.has(one)) return one
    return undefined
  }
  const renamed = added.map((one): Change => {
    const key = contentKey(one.after)
    if (key === undefined) return one
    const source = takeFree(namesakes.get(`${key} ${nameOf(one.path)}`)) ?? takeFree(alike.get(key))
    if (source === undefined) return one
    moved.add(source)
    return { status: "renamed", path: one.path, from: source.path, before: source.before, after: one.after }
  })
  return [...renamed, ...deleted.filter((one) => !moved.has(one))]
}

/** Empty files are alike without being the same. */
function contentKey(entry: Entry): string | undefined {
  return entry.kind === "file" && entry.size > 0 ? entry.hash : undefined
}
