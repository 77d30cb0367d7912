// A branch in the operator's repository, moved as Git itself moves one: locked, compared with what
// was seen before, and noted in the branch's log.
//
// Git never runs in that repository, so its rules are kept here: no branch moves that any
// worktree has checked out or is about to come back to.
//
//   INV-152  The one branch moves only forwards, from the commit that the agent's were compared with, and
//            never while it is checked out: no commit of the operator's loses its name.

import { closeSync, fchownSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs"
import { OperatorProblem } from "@bot-bottle/contracts"
import {
  type BytePath,
  bytePath,
  codeOf,
  findFolder,
  findFolderAt,
  findStat,
  joinPath,
  listNames,
  locate,
  nameOf,
  namesOf,
  type OpenFolder,
  parentOf,
} from "@bot-bottle/kernel"
import { APPENDED_FILE, NEW_FILE } from "../copy/copy-file.ts"
import { readPlainFile } from "../read-file.ts"
import { findRef } from "./read-refs.ts"

export interface BranchMove {
  /** The part after `refs/heads/`. */
  readonly branch: string
  /** Its commit when the commits were compared; undefined when it did not exist. */
  readonly from: string | undefined
  readonly to: string
}

/** Throws OperatorProblem, and changes nothing, when the branch is in use, has moved, or cannot be written. */
export function writeBranch(git: OpenFolder, { branch, from, to }: BranchMove): void {
  const path = bytePath(`refs/heads/${branch}`)
  refuseBranchInUse(git, branch)
  try {
    using folder = makeFolders(git, parentOf(path))
    if (findStat(folder, nameOf(path))?.isDirectory() === true) {
      throw new OperatorProblem(`branches are called ${branch}/…, so ${branch} cannot be one`)
    }
    const lock = bytePath(`${nameOf(path)}.lock`)
    const fd = openLock(folder, lock, branch)
    try {
      if (findStat(folder, nameOf(path)) !== undefined && readText(git, path) !== findRef(git, path)) {
        throw new OperatorProblem(`branch ${branch} is not a plain branch`, {
          hint: `git branch -m ${branch} other-name`,
        })
      }
      if (findRef(git, path) !== from) {
        throw new OperatorProblem(`branch ${branch} has moved meanwhile`, { hint: "apply again, and look at it first" })
      }
      writeSync(fd, `${to}\n`)
      giveToOwner(fd, folder)
      noteMove(git, path, { from, to })
      renameSync(locate(folder, lock), locate(folder, nameOf(path)))
    } catch (error) {
      rmSync(locate(folder, lock), { force: true })
      throw error
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (error instanceof OperatorProblem) throw error
    throw new OperatorProblem(`branch ${branch} cannot be written: ${codeOf(error)}`, { cause: error })
  }
}

/** As `git branch -f` refuses: checked out in the main folder or a linked worktree, or being rebased or bisected there. */
export function refuseBranchInUse(git: OpenFolder, branch: string): void {
  for (const path of ["" as BytePath, ...listWorktrees(git)]) {
    using folder = findFolderAt(git, path)
    if (folder === undefined || !holdsBranch(folder, branch)) continue
    const where = path === "" ? "" : ` in worktree ${JSON.stringify(nameOf(path))}`
    throw new OperatorProblem(`branch ${branch} is checked out${where}`, {
      hint: "check out another branch there first: git switch -",
    })
  }
}

function holdsBranch(folder: OpenFolder, branch: string): boolean {
  const ref = `refs/heads/${branch}`
  const names = ["HEAD", "rebase-merge/head-name", "rebase-apply/head-name"]
  return (
    names.some((name) => readText(folder, name).replace(/^ref: /, "") === ref) ||
    readText(folder, "BISECT_START").replace(/^refs\/heads\//, "") === branch
  )
}

function listWorktrees(git: OpenFolder): readonly BytePath[] {
  const worktrees = bytePath("worktrees")
  using folder = findFolder(git, worktrees)
  return folder === undefined ? [] : listNames(folder).map((name) => joinPath(worktrees, name))
}

/** The log is what brings a lost commit back, so it is kept whatever the repository's configuration says. */
function noteMove(
  git: OpenFolder,
  ref: BytePath,
  { from, to }: { readonly from: string | undefined; to: string },
): void {
  using folder = makeFolders(git, joinPath(bytePath("logs"), parentOf(ref)))
  const fd = openSync(locate(folder, nameOf(ref)), APPENDED_FILE, 0o644)
  try {
    const at = Math.floor(Date.now() / 1000)
    const before = from ?? "0".repeat(to.length)
    writeSync(fd, `${before} ${to} bot-bottle <bot-bottle@localhost> ${at} +0000\tapply --commits\n`)
    giveToOwner(fd, folder)
  } finally {
    closeSync(fd)
  }
}

function openLock(folder: OpenFolder, lock: BytePath, branch: string): number {
  try {
    return openSync(locate(folder, lock), NEW_FILE, 0o644)
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error
    throw new OperatorProblem(`branch ${branch} is locked by another Git: ${lock} exists`, {
      hint: "wait for it; when no Git runs, remove that file",
    })
  }
}

/** Every folder of `path`, made where it is absent. */
function makeFolders(git: OpenFolder, path: BytePath): OpenFolder {
  let at = "" as BytePath
  for (const name of namesOf(path)) {
    using above = findFolderAt(git, at)
    if (above === undefined) throw new OperatorProblem(`the repository's ${at} is not a folder`)
    at = joinPath(at, name)
    const stat = findStat(above, name)
    if (stat === undefined) mkdirSync(locate(above, name))
    else if (!stat.isDirectory()) throw standsInTheWay(at)
    using made = findFolder(above, name)
    if (made !== undefined && stat === undefined) giveToOwner(made.fd, above)
  }
  const folder = findFolderAt(git, path)
  if (folder === undefined) throw new OperatorProblem(`the repository's ${path} is not a folder`)
  return folder
}

function standsInTheWay(path: BytePath): OperatorProblem {
  const branch = path.match(/^(?:logs\/)?refs\/heads\/(.+)$/)?.[1]
  return new OperatorProblem(
    branch === undefined
      ? `the repository's ${path} is not a folder`
      : `a branch is called ${branch}, so none can be below it`,
    { hint: branch === undefined ? "git fsck says what is wrong" : `rename it: git branch -m ${branch} other-name` },
  )
}

/** Root's work in somebody's repository is theirs. */
export function giveToOwner(fd: number, folder: OpenFolder): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = fstatSync(folder.fd)
  fchownSync(fd, uid, gid)
}

const MAX_TEXT_BYTES = 4096

function readText(git: OpenFolder, path: string): string {
  return (
    readPlainFile(git, path as BytePath, MAX_TEXT_BYTES)
      ?.toString("latin1")
      .trim() ?? ""
  )
}
