// The repository of an operator's folder, wherever it lies, as open folders. No Git looks at it.

import { realpathSync } from "node:fs"
import { type BytePath, bytePath, findFolderAt, findStat, type OpenFolder, openTopFolder } from "@bot-bottle/kernel"
import { readPlainFile } from "../read-file.ts"
import { resolveLinkedRepository } from "./linked-repository.ts"
import { findGitFolder, findHead, listTips } from "./read-refs.ts"

export interface OpenRepository extends Disposable {
  /** Objects, branches, configuration. */
  readonly common: OpenFolder
  /** Of every branch and tag, and of what is checked out in the folder. */
  readonly tips: readonly string[]
}

export type FoundRepository =
  | ({ readonly kind: "repository" } & OpenRepository)
  /** In words; "there is none" is among them. */
  | { readonly kind: "none"; readonly why: string }

const GIT = bytePath(".git")

/** `path` is that of the folder `top`. */
export function openRepository(path: string, top: OpenFolder): FoundRepository {
  const folder = findGitFolder(top)
  if (folder !== undefined) {
    return {
      kind: "repository",
      common: folder,
      tips: listTips(folder),
      [Symbol.dispose]: () => folder[Symbol.dispose](),
    }
  }
  const stat = findStat(top, GIT)
  if (stat === undefined) return { kind: "none", why: "it is not a Git repository" }
  const text = readPlainFile(top, GIT, 4096)?.toString("utf8")
  if (text === undefined) return { kind: "none", why: "its .git is of a kind that cannot be read here" }
  // Nothing is `inside` of a folder that ends here.
  const found = resolveLinkedRepository(realpathSync(path), text, "/dev/null/none")
  if (found.kind !== "linked")
    return { kind: "none", why: `its .git file: ${found.kind === "unusable" ? found.why : ""}` }
  using own = openTopFolder(found.gitFolder)
  const common = openTopFolder(found.commonFolder)
  const head = findHead(own, common)
  return {
    kind: "repository",
    common,
    tips: [...new Set([...listTips(common), ...(head === undefined ? [] : [head.commit])])],
    [Symbol.dispose]: () => common[Symbol.dispose](),
  }
}

/** Follows a pointer inside of `top` alone, name by name: for a copy that an agent worked in. */
export function findInnerGitFolder(top: OpenFolder, path: BytePath): OpenFolder | undefined {
  using folder = findFolderAt(top, path)
  if (folder === undefined) return undefined
  const git = findGitFolder(folder)
  if (git !== undefined) return git
  const named = readPlainFile(folder, GIT, 4096)
    ?.toString("latin1")
    .match(/^gitdir: (.+?)\n?$/)?.[1]
  if (named === undefined || named.startsWith("/")) return undefined
  const names = path === "" ? [] : path.split("/")
  for (const name of named.split("/")) {
    if (name === "" || name === ".") continue
    if (name !== "..") names.push(name)
    else if (names.pop() === undefined) return undefined
  }
  return names.length === 0 ? undefined : findFolderAt(top, names.join("/") as BytePath)
}
