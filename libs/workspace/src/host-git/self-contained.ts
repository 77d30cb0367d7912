// Makes the repositories of a fresh copy whole: their history lies in the copy, wherever the
// original keeps it.
//
// Three things lead out of a folder: a worktree's or submodule's `.git` file, and the list of other
// object stores that `git clone --shared` and `--reference` leave. Of a list, only the objects that
// the repository's own commits reach are taken: it may be a stranger's list.

import {
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { dirname, join, relative } from "node:path"
import {
  type BytePath,
  bytePath,
  findFile,
  findFolder,
  findFolderAt,
  joinPath,
  listNames,
  locate,
  type OpenFolder,
  openTopFolder,
  parentOf,
  textOf,
} from "@bot-bottle/kernel"
import { copyFileBytes, NEW_FILE } from "../copy/copy-file.ts"
import type { SkippedEntry } from "../copy/copy-tree.ts"
import { readPlainFile } from "../read-file.ts"
import { realpathIfThere } from "../resolve-folder.ts"
import { resolveLinkedRepository } from "./linked-repository.ts"
import { listTips } from "./read-refs.ts"
import { openOwnRepository, runGit } from "./run-git.ts"

export interface FreshCopy {
  /** Absolute and without links; `from` is the same folder, open. */
  readonly source: string
  readonly from: OpenFolder
  readonly to: OpenFolder
  /** `.git` files that lead out of the folder, and were not copied. */
  readonly pointers: readonly BytePath[]
  /** `.git` folders that were. */
  readonly repositories: readonly BytePath[]
}

const ALTERNATES = bytePath("objects/info/alternates")
const PACK_TIMEOUT_MS = 600_000
/** Belongs to where the repository was, or to another of its worktrees. */
const NOT_SHARED = ["worktrees", "modules", "HEAD", "index", "config.worktree", "gitdir", "commondir", "locked"]

/** Parts that stay without their history, and the reason. */
export async function completeRepositories(copy: FreshCopy): Promise<readonly SkippedEntry[]> {
  const skipped: SkippedEntry[] = []
  for (const path of copy.pointers) {
    const why = await bringLinked(copy, path)
    if (why !== undefined) skipped.push({ path, why: `${why}, so the copy has no history` })
  }
  for (const path of copy.repositories) {
    for (const inner of [path, ...listModules(copy.to, path)]) {
      using original = findFolderAt(copy.from, inner)
      if (original === undefined) continue
      const why = await completeObjects(copy.to, inner, realpathSync(`/proc/self/fd/${original.fd}`))
      if (why !== undefined) skipped.push({ path: inner, why })
    }
  }
  return skipped
}

async function bringLinked({ source, from, to }: FreshCopy, path: BytePath): Promise<string | undefined> {
  const place = parentOf(path)
  const text = readPlainFile(from, path, 4096)?.toString("utf8") ?? ""
  const folder = realpathSync(join(source, textOf(place)))
  const found = resolveLinkedRepository(folder, text, source)
  if (found.kind === "unusable") return found.why
  using target = findFolderAt(to, place)
  if (target === undefined) throw new Error("The copy is changed by somebody else")
  if (found.kind === "inside") {
    // An absolute path of the host: the same folder, named from here.
    const pointer = `gitdir: ${relative(folder, found.gitFolder)}\n`
    writeFileSync(locate(target, bytePath(".git")), pointer, { flag: "wx", mode: 0o644 })
    return undefined
  }
  const { gitFolder, commonFolder } = found
  mkdirSync(locate(target, bytePath(".git")), { mode: 0o755 })
  using git = findFolder(target, bytePath(".git"))
  if (git === undefined) throw new Error("The copy is changed by somebody else")
  if (gitFolder === commonFolder) {
    copyInto(gitFolder, git, (name) => name === "modules")
  } else {
    copyInto(commonFolder, git, (name) => NOT_SHARED.includes(name))
    copyInto(gitFolder, git, (name) => ["modules", "gitdir", "commondir", "locked"].includes(name))
  }
  await settleConfig(git)
  return await completeObjects(to, path, commonFolder)
}

function copyInto(from: string, to: OpenFolder, leavesOut: (name: string) => boolean): void {
  using source = openTopFolder(from)
  copyInner(source, to, leavesOut)
}

function copyInner(from: OpenFolder, to: OpenFolder, leavesOut: (name: string) => boolean): void {
  for (const name of listNames(from)) {
    if (leavesOut(name) || name.endsWith(".lock")) continue
    using folder = findFolder(from, name)
    if (folder !== undefined) {
      mkdirSync(locate(to, name), { recursive: true, mode: 0o755 })
      using made = findFolder(to, name)
      if (made !== undefined) copyInner(folder, made, () => false)
      continue
    }
    using file = findFile(from, name)
    if (file === undefined) continue
    rmSync(locate(to, name), { force: true })
    const target = openSync(locate(to, name), NEW_FILE, 0o600)
    try {
      copyFileBytes(file.fd, target, { hashed: false })
      fchmodSync(target, Number(fstatSync(file.fd).mode & 0o777))
    } finally {
      closeSync(target)
    }
  }
}

/** It is a plain repository now, with its folder around it. */
async function settleConfig(git: OpenFolder): Promise<void> {
  using own = openOwnRepository()
  for (const name of ["config", "config.worktree"]) {
    const file = `/proc/${process.pid}/fd/${git.fd}/${name}`
    if (findFile(git, bytePath(name)) === undefined) continue
    await runGit(own, ["config", "--file", file, "core.bare", "false"])
    await runGit(own, ["config", "--file", file, "--unset-all", "core.worktree"])
  }
}

/** Adds the objects that the copy's commits need and the copied store lacks; removes the list itself. */
async function completeObjects(to: OpenFolder, path: BytePath, original: string): Promise<string | undefined> {
  using git = findFolderAt(to, path)
  if (git === undefined) return undefined
  const objects = realpathIfThere(join(original, "objects"))
  rmSync(locate(git, ALTERNATES), { force: true })
  if (objects === undefined || !borrowsObjects(objects)) return undefined
  const tips = listTips(git)
  using own = openOwnRepository({ hashLength: tips[0]?.length === 64 ? 64 : 40 })
  if (objects.includes("\n")) return "its object store has a line break in its name"
  writeFileSync(join(own.path, "objects/info/alternates"), `${objects}\n`)
  const shallow = readPlainFile(git, bytePath("shallow"), 1024 * 1024)
  if (shallow !== undefined) writeFileSync(join(own.path, "shallow"), shallow)
  const pack = join(own.path, "objects/pack/pack")
  const { exitCode, stderr } = await runGit(own, ["pack-objects", "--quiet", "--revs", "--delta-base-offset", pack], {
    stdin: Buffer.from(tips.map((tip) => `${tip}\n`).join("")),
    timeoutMs: PACK_TIMEOUT_MS,
  })
  if (exitCode !== 0) return `part of its history cannot be read: ${stderr.split("\n")[0] ?? ""}`
  using made = openTopFolder(dirname(pack))
  mkdirSync(locate(git, bytePath("objects/pack")), { recursive: true })
  using packs = findFolderAt(git, bytePath("objects/pack"))
  if (packs === undefined) throw new Error("The copy is changed by somebody else")
  copyInner(made, packs, () => false)
  return undefined
}

/** Whether objects of this store lie in another one. */
export function borrowsObjects(objects: string): boolean {
  try {
    return readFileSync(join(objects, "info/alternates"), "utf8").trim() !== ""
  } catch {
    return false // there is no list
  }
}

/** Submodules' repositories, as deep as they nest. */
function listModules(to: OpenFolder, git: BytePath): readonly BytePath[] {
  const found: BytePath[] = []
  const enter = (path: BytePath, levels: number) => {
    using folder = findFolderAt(to, path)
    if (folder === undefined || levels > 20) return
    const names = listNames(folder)
    if (names.includes(bytePath("HEAD")) && names.includes(bytePath("objects"))) {
      found.push(path)
      enter(joinPath(path, bytePath("modules")), levels + 1)
      return
    }
    for (const name of names) enter(joinPath(path, name), levels + 1)
  }
  enter(joinPath(git, bytePath("modules")), 0)
  return found
}
