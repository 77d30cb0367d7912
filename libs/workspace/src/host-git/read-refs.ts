// Names of commits out of a `.git` folder, read as files. No Git looks at the repository.

import {
  type BytePath,
  bytePath,
  findFolder,
  findFolderAt,
  findStat,
  listNames,
  type OpenFolder,
} from "@bot-bottle/kernel"
import { readPlainFile } from "../read-file.ts"

export interface Head {
  /** Hex, 40 or 64 digits. */
  readonly commit: string
  /** Absent when no branch is checked out. */
  readonly branch?: string
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const MAX_BYTES = 64 * 1024 * 1024
/** Names of branches nest, but not like this. */
const MAX_LEVELS = 20

/** Refs are files there. Undefined for a repository of another kind, and for a pointer to one. */
export function findGitFolder(top: OpenFolder): OpenFolder | undefined {
  const git = findFolder(top, bytePath(".git"))
  if (git === undefined || findStat(git, bytePath("reftable")) === undefined) return git
  git[Symbol.dispose]()
  return undefined
}

/** Undefined before the first commit. A linked worktree's branches lie in its repository's `common` folder. */
export function findHead(git: OpenFolder, common: OpenFolder = git): Head | undefined {
  const text = readText(git, "HEAD")
  if (COMMIT.test(text)) return { commit: text }
  const ref = text.match(/^ref: (refs\/heads\/(.+))$/)
  const [, name = "", branch = ""] = ref ?? []
  if (name === "" || name.split("/").some((part) => part === "" || part === "." || part === "..")) return undefined
  const commit = findRef(common, name)
  return commit === undefined ? undefined : { commit, branch }
}

/** Its branch has no commit yet: HEAD is as Git writes it, and names a branch that is not there. */
export function isUnborn(git: OpenFolder): boolean {
  const name = readText(git, "HEAD").match(/^ref: (refs\/heads\/.+)$/)?.[1]
  return (
    name !== undefined && !name.split("/").includes("..") && readText(git, name) === "" && !listPacked(git).has(name)
  )
}

/** The commit that a whole name, `refs/…`, stands for; what is written loose counts before what is packed. */
export function findRef(git: OpenFolder, name: string): string | undefined {
  const loose = readText(git, name)
  return COMMIT.test(loose) ? loose : listPacked(git).get(name)
}

/** Of every branch and tag, each once. */
export function listTips(git: OpenFolder): readonly string[] {
  const tips = new Set(listPacked(git).values())
  const head = findHead(git)
  if (head !== undefined) tips.add(head.commit)
  const enter = (path: BytePath, levels: number) => {
    using folder = findFolderAt(git, path)
    if (folder === undefined || levels > MAX_LEVELS) return
    for (const name of listNames(folder)) {
      const inner = `${path}/${name}` as BytePath
      const text = readText(git, inner)
      if (COMMIT.test(text)) tips.add(text)
      else enter(inner, levels + 1)
    }
  }
  enter(bytePath("refs"), 0)
  return [...tips]
}

function listPacked(git: OpenFolder): ReadonlyMap<string, string> {
  const lines = readText(git, "packed-refs").split("\n")
  return new Map(
    lines.flatMap((line) => {
      const [commit = "", name = ""] = line.split(" ")
      return COMMIT.test(commit) && name.startsWith("refs/") ? [[name, commit] as const] : []
    }),
  )
}

function readText(git: OpenFolder, path: string): string {
  return (
    readPlainFile(git, path as BytePath, MAX_BYTES)
      ?.toString("latin1")
      .trim() ?? ""
  )
}
