// Copies the operator's folder into a run's workspace, and records what it held.
//
// Symlinks stay symlinks, so nothing outside the folder is read; nothing of the folder is
// executed. A file with several names becomes one file for each.
//
//   INV-150  A workspace holds files, folders and symlinks: no device, socket or FIFO of the source
//            arrives, and bot-bottle's own root is never copied into a bottle.

import { OperatorProblem } from "@bot-bottle/contracts"
import { codeOf, type OpenFolder, openTopFolder } from "@bot-bottle/kernel"
import { writeBaseline } from "../baseline.ts"
import { listUnchanged } from "../host-git/list-unchanged.ts"
import { completeRepositories } from "../host-git/self-contained.ts"
import { type HiddenNames, rulesOf } from "../names/secret-names.ts"
import { checkCopyable } from "./check-copyable.ts"
import { copyTree, type SkippedEntry } from "./copy-tree.ts"

export interface WorkspaceCopy {
  readonly source: string
  /** An existing, empty folder. */
  readonly target: string
  /** bot-bottle's root. */
  readonly root: string
  /** Where the record of what was copied is written. */
  readonly baseline: string
  readonly names: HiddenNames
  /** Called once when the copy takes longer, or comes to a file that will. */
  readonly onLong: () => void
  readonly longMs: number
}

/** The entries that were left out, in the order of their names. */
export async function copyWorkspace({
  source,
  target,
  root,
  baseline,
  names,
  onLong,
  longMs,
}: WorkspaceCopy): Promise<readonly SkippedEntry[]> {
  const folder = checkCopyable(source, root)
  using from = openSource(folder)
  using to = openTopFolder(target)
  using wait = noticeLongWait(onLong, longMs)
  try {
    const { entries, skipped, repositories, pointers, hidden, bringHidden } = await copyTree(from, to, {
      hide: rulesOf(names),
      onLargeFile: wait.notice,
    })
    // Files that Git tracks unchanged are in the history, which the copy has: hiding them would
    // only look like a change.
    const known = await listUnchanged(from, hidden)
    for (const path of known) bringHidden(path)
    const kept = hidden.filter((path) => !known.has(path))
    const withoutHistory = await completeRepositories({ source: folder, from, to, repositories, pointers })
    writeBaseline(baseline, { source: folder, entries, hide: names.hide })
    return [...kept.map((path) => ({ path, why: WHY_HIDDEN })), ...skipped, ...withoutHistory]
  } catch (error) {
    if (error instanceof OperatorProblem) throw error
    throw new OperatorProblem(`Cannot copy ${folder} into the bottle: ${codeOf(error)}`, {
      hint: "check permissions and free space",
      cause: error,
    })
  }
}

const WHY_HIDDEN = "it may hold a secret; --with-secrets brings it"

function noticeLongWait(onLong: () => void, longMs: number): Disposable & { readonly notice: () => void } {
  let isNoticed = false
  const notice = () => {
    if (!isNoticed) onLong()
    isNoticed = true
  }
  const startedAtMs = performance.now()
  const timer = setTimeout(notice, longMs)
  return {
    notice,
    [Symbol.dispose]() {
      clearTimeout(timer)
      // A copy that gave the timer no turn is noticed at its end.
      if (performance.now() - startedAtMs >= longMs) notice()
    },
  }
}

function openSource(folder: string): OpenFolder {
  try {
    return openTopFolder(folder)
  } catch (error) {
    throw new OperatorProblem(`Workspace ${folder} cannot be read: ${codeOf(error)}`, { cause: error })
  }
}
