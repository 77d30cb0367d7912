// What new commits name that is not in them: submodules' commits, and files that Git LFS is to hold.
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

/** Of `changed`, in the order of its paths, each path once. The commit's own attributes decide. */
export async function listUnpointedFiles(
  repository: OwnRepository,
  commit: string,
  changed: readonly TreeEntry[],
): Promise<readonly string[]> {
  const files = changed.filter(({ kind }) => kind === "file")
  if (files.length === 0) return []
  const indexFile = join(repository.path, "index-of-attributes")
  await askGit(repository, ["read-tree", commit], { indexFile })
  const paths = [...new Set(files.map(({ path }) => path))]
  const stdin = Buffer.from(paths.map((path) => `${path}\0`).join(""), "latin1")
  const answer = (
    await askGit(repository, ["check-attr", "--cached", "--stdin", "-z", "filter"], { indexFile, stdin })
  ).split("\0")
  const held = new Set(paths.filter((path, index) => answer[index * 3] === path && answer[index * 3 + 2] === "lfs"))
  const found = new Set<string>()
  for (const { path, id } of files) {
    if (held.has(path) && !(await isPointer(repository, id))) found.add(path)
  }
  return [...found].sort()
}

async function isPointer(repository: OwnRepository, id: string): Promise<boolean> {
  const size = Number(await askGit(repository, ["cat-file", "-s", id]))
  if (size > MAX_POINTER_BYTES) return false
  return (
    size === 0 ||
    (await askGit(repository, ["cat-file", "blob", id])).startsWith("version https://git-lfs.github.com/spec/")
  )
}
