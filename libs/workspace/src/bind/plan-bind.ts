// How a folder is shown to a bottle so that an agent may work in it and not plant files that the
// host would run. The plan says which parts are read-only, which folders cannot be moved, and which
// placeholders are needed.
//
// A mount needs something to lie on. Where a protected name is absent, an empty folder takes
// its place for the time of the run: Git does not see it, and removing it cannot remove
// anything of value. A folder above something protected is mounted onto itself, since a
// mount point can be neither renamed nor removed.

import { type BindPlan, OperatorProblem, type Placeholder } from "@bot-bottle/contracts"
import {
  type BytePath,
  bytePath,
  findFolder,
  findFolderAt,
  findStat,
  joinPath,
  listNames,
  nameOf,
  namesOf,
  type OpenFolder,
  openTopFolder,
  parentOf,
  textOf,
} from "@bot-bottle/kernel"
import { listUnchanged } from "../host-git/list-unchanged.ts"
import { findGit, openOwnRepository, runGit } from "../host-git/run-git.ts"
import { isGitName } from "../names/git-folder.ts"
import { PROTECTED_NAMES } from "../names/protected-names.ts"
import type { HideRules } from "../names/secret-names.ts"
import { type ProtectedEntry, type Scan, scanProtected } from "./scan-protected.ts"

/** More than these would slow every start; a copy is the better choice then. */
const MAX_MOUNTS = 400

// biome-ignore format: a table
const IN_GIT: readonly { readonly name: string; readonly absent: Placeholder["kind"] }[] = [
  { name: "hooks",           absent: "folder" },
  // Submodules' configurations and hooks.
  { name: "modules",         absent: "folder" },
  // Git reads the configuration of the folder it names; `.` is the one that is meant anyway.
  { name: "commondir",       absent: { text: ".\n" } },
  { name: "config.worktree", absent: { text: "" } },
]

export interface PlannedBind {
  readonly plan: BindPlan
  /** Covered by something empty: they may hold a secret. Relative to the folder. */
  readonly hidden: readonly HiddenEntry[]
}

export interface HiddenEntry {
  readonly path: string
  readonly kind: "folder" | "file"
}

/** Throws OperatorProblem for what could not be protected. Creates nothing. */
export async function planBind(folder: string, hide: HideRules): Promise<PlannedBind> {
  using top = openTopFolder(folder)
  const scan = scanProtected(top, hide)
  refuseUnprotectable(folder, top, scan)
  const repositories = scan.entries.filter(({ path, kind }) => kind === "folder" && isGitName(nameOf(path)))
  const others = scan.entries.filter((entry) => !repositories.includes(entry))
  const readOnly = new Set<BytePath>(others.map(({ path }) => path))
  const placeholders = new Map<BytePath, Placeholder["kind"]>()
  const has = (path: BytePath) => {
    using above = findFolderAt(top, parentOf(path))
    return above !== undefined && findStat(above, nameOf(path)) !== undefined
  }
  const protect = (path: BytePath, absent: Placeholder["kind"]) => {
    if (!has(path)) placeholders.set(path, absent)
    readOnly.add(path)
  }
  for (const { path } of repositories) {
    readOnly.add(joinPath(path, bytePath("config")))
    for (const { name, absent } of IN_GIT) protect(joinPath(path, bytePath(name)), absent)
    for (const hooks of await findHookFolders(top, path)) if (!isCovered(hooks, readOnly)) protect(hooks, "folder")
  }
  for (const { name, whenAbsent } of PROTECTED_NAMES)
    if (whenAbsent === "blocked" && !hasName(top, name)) protect(bytePath(name), "folder")

  const pinned = new Set<BytePath>()
  for (const path of readOnly) for (let at = parentOf(path); at !== ""; at = parentOf(at)) pinned.add(at)
  if (pinned.size + readOnly.size > MAX_MOUNTS) {
    throw new OperatorProblem(`${folder} holds too many places to protect (${readOnly.size} places)`, {
      hint: "give the agent a copy: --workspace copy",
    })
  }
  const mountable = (paths: ReadonlySet<BytePath>) => [...paths].sort().map((path) => mountPath(folder, path))
  // Files that Git tracks unchanged are in the history, which the bottle sees.
  const known = await listUnchanged(
    top,
    scan.secrets.map(({ path }) => path),
  )
  const hidden = scan.secrets
    .filter(({ path }) => !known.has(path))
    .map(({ path, kind }) => ({ path: mountPath(folder, path), kind }))
  const plan: BindPlan = {
    folder,
    pinned: mountable(pinned),
    readOnly: mountable(readOnly),
    placeholders: [...placeholders].map(([path, kind]) => ({ path, kind })),
    known: scan.entries.map(({ path }) => path),
    hide,
  }
  if (hidden.length + pinned.size + readOnly.size > MAX_MOUNTS) {
    throw new OperatorProblem(`${folder} holds too much that may be secret (${hidden.length} places)`, {
      hint: "give the agent a copy: --workspace copy",
    })
  }
  return { plan, hidden }
}

function refuseUnprotectable(folder: string, top: OpenFolder, { entries, unseen }: Scan): void {
  const problem = (path: BytePath, why: string) =>
    new OperatorProblem(`${folder} cannot be bound: ${JSON.stringify(textOf(path))} ${why}`, {
      hint: "give the agent a copy: --workspace copy",
    })
  for (const { path, why } of unseen) throw problem(path, `cannot be read: ${why}`)
  for (const entry of entries) {
    if (entry.kind === "other") throw problem(entry.path, `is ${entry.what}, and could be replaced through it`)
    if (entry.hasOtherNames) throw problem(entry.path, "is a hard link, and could be written under its other name")
    const other = entry.kind === "folder" ? findHardLink(top, entry) : undefined
    if (other !== undefined) throw problem(other, "is a hard link, and could be written under its other name")
    if (isGitName(nameOf(entry.path)) && entry.kind === "folder") refuseOddRepository(top, entry.path, problem)
  }
}

function refuseOddRepository(
  top: OpenFolder,
  path: BytePath,
  problem: (path: BytePath, why: string) => OperatorProblem,
): void {
  using git = findFolderAt(top, path)
  if (git === undefined) throw problem(path, "changes while bot-bottle reads it")
  // An empty one is another run's placeholder, or nothing yet: it is protected whole.
  if (findStat(git, bytePath("config"))?.isFile() !== true)
    throw problem(joinPath(path, bytePath("config")), "is not a file: the repository is not complete")
  for (const { name, absent } of IN_GIT) {
    const stat = findStat(git, bytePath(name))
    if (stat === undefined) continue
    if (absent === "folder" ? !stat.isDirectory() : !stat.isFile())
      throw problem(joinPath(path, bytePath(name)), `is not a plain ${absent === "folder" ? "folder" : "file"}`)
  }
}

/** All of a protected folder; in a repository, only its protected parts. */
function findHardLink(top: OpenFolder, { path }: ProtectedEntry): BytePath | undefined {
  using folder = findFolderAt(top, path)
  if (folder === undefined) return undefined
  if (!isGitName(nameOf(path))) return findHardLinkIn(folder)
  for (const name of ["config", ...IN_GIT.map((one) => one.name)].map(bytePath)) {
    using inner = findFolder(folder, name)
    const found =
      inner === undefined ? hardLinkAt(folder, name) : name === "modules" ? undefined : findHardLinkIn(inner)
    if (found !== undefined) return found
  }
  return undefined
}

function findHardLinkIn(folder: OpenFolder): BytePath | undefined {
  for (const name of listNames(folder)) {
    using inner = findFolder(folder, name)
    const found = inner === undefined ? hardLinkAt(folder, name) : findHardLinkIn(inner)
    if (found !== undefined) return found
  }
  return undefined
}

function hardLinkAt(folder: OpenFolder, name: BytePath): BytePath | undefined {
  const stat = findStat(folder, name)
  return stat?.isFile() === true && stat.nlink > 1n ? joinPath(folder.path, name) : undefined
}

/** Where the repository's own configuration says that hooks are, as far as that is in the folder. */
async function findHookFolders(top: OpenFolder, repository: BytePath): Promise<readonly BytePath[]> {
  using folder = findFolderAt(top, repository)
  if (folder === undefined || findGit() === undefined) return []
  using own = openOwnRepository()
  const file = `/proc/${process.pid}/fd/${folder.fd}/config`
  const { stdout } = await runGit(own, ["config", "--file", file, "--no-includes", "-z", "--get-all", "core.hooksPath"])
  return stdout
    .toString("latin1")
    .split("\0")
    .filter((path) => path !== "" && !path.startsWith("/") && !path.startsWith("~"))
    .flatMap((path) => resolveIn(parentOf(repository), path as BytePath) ?? [])
}

function resolveIn(folder: BytePath, path: BytePath): BytePath | undefined {
  const names = folder === "" ? [] : [...namesOf(folder)]
  for (const name of namesOf(path)) {
    if (name === "" || name === ".") continue
    if (name !== "..") names.push(name)
    else if (names.pop() === undefined) return undefined
  }
  return names.length === 0 ? undefined : names.reduce(joinPath, "" as BytePath)
}

function isCovered(path: BytePath, readOnly: ReadonlySet<BytePath>): boolean {
  for (let at = path; at !== ""; at = parentOf(at)) if (readOnly.has(at)) return true
  return false
}

function hasName(top: OpenFolder, name: string): boolean {
  return listNames(top).some((one) => one.toLowerCase() === name)
}

/** bubblewrap is told names as text. */
function mountPath(folder: string, path: BytePath): string {
  const text = textOf(path)
  if (bytePath(text) === path) return text
  throw new OperatorProblem(`${folder} cannot be bound: the name ${JSON.stringify(text)} is not UTF-8`, {
    hint: "give the agent a copy: --workspace copy",
  })
}
