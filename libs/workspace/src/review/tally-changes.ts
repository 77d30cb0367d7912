// How many files an agent changed, and how many lines: for one line at the end of a session, which
// must not wait for it. A workspace that takes long to compare gets no count.

import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { loadBaseline } from "../baseline.ts"
import { isGitName } from "../names/git-folder.ts"

export interface ChangeTally {
  /** That the original folder does not have already. */
  readonly files: number
  /** Absent when a changed file is not text, or when there are too many to read. */
  readonly lines?: { readonly added: number; readonly removed: number }
}

export interface TallyRequest {
  readonly workspace: string
  /** The file that `writeBaseline` wrote. */
  readonly baseline: string
  readonly slug: string
}

/** Hashed in less than the time a person notices. */
const MAX_BYTES = 24 * 1024 * 1024
const MAX_ENTRIES = 3_000
const MAX_COMPARED = 40

/** Undefined when the workspace is too large to be compared at once. Throws as `loadBaseline` and `reviewWorkspace`. */
export async function tallyChanges({
  workspace,
  baseline: file,
  slug,
}: TallyRequest): Promise<ChangeTally | undefined> {
  if (lstatSync(file).size > MAX_ENTRIES * 400 || !isSmall(workspace)) return undefined
  const baseline = loadBaseline(file, slug)
  const isUntouched = baseline.entries.size === 0 && readdirSync(workspace).length === 0
  if (baseline.source === undefined && isUntouched) return { files: 0 }
  // Comparing takes longer to load than a session that wrote nothing needs to end.
  const { reviewWorkspace } = await import("./review.ts")
  const { changes } = await reviewWorkspace({ workspace, baseline })
  const open = changes.filter(({ standing }) => standing.kind !== "there-already")
  if (open.length === 0 || open.length > MAX_COMPARED) return { files: open.length }
  const { loadContents } = await import("./contents.ts")
  const { countLines, diffLines } = await import("./line-diff.ts")
  const lines = { added: 0, removed: 0 }
  for (const { change } of open) {
    const { before, after } = loadContents({ workspace, source: baseline.source, change })
    const texts = [before, after].map((side) =>
      side.kind === "text" ? side.text : side.kind === "absent" ? "" : undefined,
    )
    const [was, is] = texts
    if (was === undefined || is === undefined) return { files: open.length }
    const { added, removed } = countLines(diffLines(was, is))
    lines.added += added
    lines.removed += removed
  }
  return { files: open.length, lines }
}

/** Stops at the first entry too many. Sizes, not blocks: a hole is read as zeros. */
function isSmall(folder: string): boolean {
  let [bytes, entries] = [0, 0]
  const pending = [folder]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      if (isGitName(entry.name)) continue
      const path = join(next, entry.name)
      const stat = lstatSync(path, { throwIfNoEntry: false })
      // A name that is not UTF-8 is not found by its text, and may be of any size.
      if (stat === undefined) return false
      entries += 1
      if (stat.isDirectory()) pending.push(path)
      else bytes += stat.size
      if (entries > MAX_ENTRIES || bytes > MAX_BYTES) return false
    }
  }
  return true
}
