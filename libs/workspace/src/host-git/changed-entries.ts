// Objects that new commits name and do not contain: submodules' commits, and files that Git LFS is
// to hold.
//
// Git answers in a repository of our own. Paths are bytes, one character each.

import { join } from "node:path"
import { askGit } from "./collect-objects.ts"
import type { OwnRepository } from "./run-git.ts"

export interface TreeEntry {
  readonly kind: "file" | "submodule"
  readonly path: string
  readonly id: string
}

/** Newest first; an entry that later commits change again is listed once for each. */
export async function listChangedEntries(
  repository: OwnRepository,
  range: readonly string[],
): Promise<readonly TreeEntry[]> {
  const flags = ["--format=", "--raw", "-z", "--no-abbrev", "--no-renames", "-m", "--root"]
  const words = (await askGit(repository, ["log", ...flags, ...range])).split("\0")
  const found = new Map<string, TreeEntry>()
  for (const [index, word] of words.entries()) {
    // `:100644 100644 <old> <new> M`, and then the path.
    const [, mode = "", id = ""] = word.match(/^\n?:\d{6} (\d{6}) [0-9a-f]+ ([0-9a-f]+) [AMT]$/) ?? []
    const path = words[index + 1]
    if (mode === "" || path === undefined) continue
    if (mode === "160000") found.set(`${path}\0${id}`, { kind: "submodule", path, id })
    else if (mode.startsWith("100")) found.set(`${path}\0${id}`, { kind: "file", path, id })
  }
  return [...found.values()]
}

/** LFS itself writes no longer pointers. */
const MAX_POINTER_BYTES = 1024

export interface LfsFile {
  readonly path: string
  /** SHA-256 of its contents; undefined when the commit holds them whole, where a pointer belongs. */
  readonly oid: string | undefined
}

/** Of `changed`, those that the commit's own attributes give to Git LFS; every version of each. */
export async function listLfsFiles(
  repository: OwnRepository,
  commit: string,
  changed: readonly TreeEntry[],
): Promise<readonly LfsFile[]> {
  const files = changed.filter(({ kind }) => kind === "file")
  if (files.length === 0) return []
  const indexFile = join(repository.path, "index-of-attributes")
  await askGit(repository, ["read-tree", commit], { indexFile })
  const paths = [...new Set(files.map(({ path }) => path))]
  const stdin = Buffer.from(paths.map((path) => `${path}\0`).join(""), "latin1")
  const asked = ["check-attr", "--cached", "--stdin", "-z", "filter"]
  const answer = (await askGit(repository, asked, { indexFile, stdin })).split("\0")
  const held = new Set(paths.filter((path, index) => answer[index * 3] === path && answer[index * 3 + 2] === "lfs"))
  const found: LfsFile[] = []
  for (const { path, id } of files) if (held.has(path)) found.push(...(await readLfsFile(repository, path, id)))
  return found
}

/** An empty file needs no pointer. */
async function readLfsFile(repository: OwnRepository, path: string, id: string): Promise<readonly LfsFile[]> {
  const size = Number(await askGit(repository, ["cat-file", "-s", id]))
  if (size === 0) return []
  const text = size > MAX_POINTER_BYTES ? "" : await askGit(repository, ["cat-file", "blob", id])
  const isPointer = text.startsWith("version https://git-lfs.github.com/spec/")
  return [{ path, oid: isPointer ? text.match(/^oid sha256:([0-9a-f]{64})$/m)?.[1] : undefined }]
}
