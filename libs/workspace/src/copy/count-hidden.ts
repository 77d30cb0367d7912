// How many entries of a folder a copy of it would hide, for a person who is asked before it is made.
//
// A large tree is looked at for a short time only: a question must not wait for it. The copy itself
// names each entry it hides.

import {
  type BytePath,
  findFolder,
  findStat,
  joinPath,
  listNames,
  type OpenFolder,
  openTopFolder,
} from "@bot-bottle/kernel"
import { listUnchanged } from "../host-git/list-unchanged.ts"
import { isSecret } from "../names/find-secret.ts"
import { isGitName } from "../names/git-folder.ts"
import type { HideRules } from "../names/secret-names.ts"
import { MAX_LEVELS } from "./copy-tree.ts"

export interface HiddenCount {
  readonly count: number
  /** False: the time was over first, and there may be more. */
  readonly isWhole: boolean
}

/** A folder that cannot be read counts as one without secrets: the copy reports it. */
export async function countHidden(
  folder: string,
  { rules, timeoutMs }: { readonly rules: HideRules; readonly timeoutMs: number },
): Promise<HiddenCount> {
  const endsAtMs = Date.now() + timeoutMs
  const hidden: BytePath[] = []
  let isWhole = true
  using top = openTopFolder(folder)
  enter(top, 0)
  // Files that Git tracks unchanged are copied.
  const known = await listUnchanged(top, hidden)
  return { count: hidden.length - known.size, isWhole }

  function enter(from: OpenFolder, levels: number): void {
    for (const name of listNames(from)) {
      if (Date.now() >= endsAtMs) {
        isWhole = false
        return
      }
      const stat = isGitName(name) ? undefined : findStat(from, name)
      if (stat === undefined) continue
      try {
        if (isSecret(from, name, stat, rules)) hidden.push(joinPath(from.path, name))
        else if (stat.isDirectory() && levels < MAX_LEVELS) {
          using inner = findFolder(from, name)
          if (inner !== undefined) enter(inner, levels + 1)
        }
      } catch {
        // Closed to us, or changed meanwhile.
      }
    }
  }
}
