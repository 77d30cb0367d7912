// Where a `.git` file leads, as linked worktrees and submodules have one instead of a folder.
//
// The file may be a stranger's, and name any repository of the operator's. So only a repository
// that points back counts: Git writes both ends, and a stranger reaches but one of them.
//
//   INV-150  A `.git` file brings a repository into a bottle only when that repository itself names the
//            folder as its own.

import { readFileSync, statSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { isInside, realpathIfThere } from "../resolve-folder.ts"

export type LinkedRepository =
  /** Inside of the folder that is copied or bound. */
  | { readonly kind: "inside"; readonly gitFolder: string }
  | {
      readonly kind: "linked"
      /** Holds HEAD and index. */
      readonly gitFolder: string
      /** Holds objects, branches and configuration; the same for a submodule. */
      readonly commonFolder: string
    }
  /** In words. */
  | { readonly kind: "unusable"; readonly why: string }

const MAX_TEXT_BYTES = 64 * 1024

/** `folder` holds the `.git` file; all of them absolute and without links. `text` is the file's. */
export function resolveLinkedRepository(folder: string, text: string, top: string): LinkedRepository {
  const named = text.match(/^gitdir: (.+?)\r?\n?$/)?.[1]
  if (named === undefined) return unusable("it is not a pointer that Git writes")
  const gitFolder = realpathIfThere(resolve(folder, named))
  if (gitFolder === undefined) return unusable(`it points to ${named}, which is not there`)
  if (isInside(gitFolder, top)) return { kind: "inside", gitFolder }

  const shared = readText(join(gitFolder, "commondir"))
  const commonFolder = shared === undefined ? gitFolder : realpathIfThere(resolve(gitFolder, shared))
  if (commonFolder === undefined) return unusable(`it points to ${named}, which is not complete`)
  const isMutual = shared === undefined ? worksIn(gitFolder, folder) : isWorktreeOf({ gitFolder, commonFolder, folder })
  if (isMutual) return { kind: "linked", gitFolder, commonFolder }
  return unusable(`it points to ${named}, which does not point back`)
}

/** Why Git would not find all of the folder's history in the folder; in words. Undefined when it does, or there is none. */
export function findHistoryElsewhere(folder: string): string | undefined {
  const git = join(folder, ".git")
  const text = readText(git)
  if (text === undefined) {
    const other = readText(join(git, "objects/info/alternates"))?.split("\n")[0]
    return other === undefined || other === "" ? undefined : `part of its history lies in ${other}`
  }
  const found = resolveLinkedRepository(folder, text, folder)
  if (found.kind === "inside") return undefined
  return found.kind === "linked"
    ? `its history lies in ${found.commonFolder}`
    : `its .git file cannot be used: ${found.why}`
}

/** Git's own rule: the worktree's folder lies in the repository, and names the file that names it. */
function isWorktreeOf(place: { readonly gitFolder: string; readonly commonFolder: string; readonly folder: string }) {
  const { gitFolder, commonFolder, folder } = place
  if (gitFolder !== join(commonFolder, "worktrees", basename(gitFolder))) return false
  const back = readText(join(gitFolder, "gitdir"))
  return back !== undefined && realpathIfThere(dirname(resolve(gitFolder, back))) === folder
}

/** A submodule's repository names its folder in its configuration. */
function worksIn(gitFolder: string, folder: string): boolean {
  const named = readText(join(gitFolder, "config"))?.match(/^\s*worktree\s*=\s*"?(.+?)"?\s*$/m)?.[1]
  return named !== undefined && realpathIfThere(resolve(gitFolder, named)) === folder
}

function readText(path: string): string | undefined {
  try {
    const stat = statSync(path)
    return stat.isFile() && stat.size <= MAX_TEXT_BYTES ? readFileSync(path, "utf8").trim() : undefined
  } catch {
    return undefined // not there: it is a repository of another kind
  }
}

function unusable(why: string): LinkedRepository {
  return { kind: "unusable", why }
}
