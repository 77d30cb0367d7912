// An agent's commits, from the `.git` of its workspace copy into the operator's repository.
//
// Git never works in either. Objects are copied by name into a repository of our own, where Git
// gives every pack a new index. A second repository fetches from there and checks each object. The
// fetched objects enter the operator's repository as files, and a branch's name last. Submodules'
// commits that the new ones name go the same way, before them.
//
//   INV-152  Of a copy's `.git` nothing comes back but objects that Git has checked and one branch under
//            `bot-bottle/`: no configuration, no hook, no name an agent chose.

import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import { type BytePath, findFolderAt, isInnerPath, type OpenFolder, openTopFolder, textOf } from "@bot-bottle/kernel"
import type { TreeEntry } from "./changed-entries.ts"
import { type Commit, type FetchedRepository, fetchRepository, hasCommit } from "./fetch-repository.ts"
import { findInnerGitFolder, openRepository } from "./open-repository.ts"
import { findGitFolder, findHead, isUnborn } from "./read-refs.ts"

export interface FetchedCommits extends Disposable {
  /** Oldest first, at most a few hundred. Empty when there is nothing new. */
  readonly commits: readonly Commit[]
  readonly count: number
  /** Folders of submodules whose commits come along, with how many; parents after what is in them. */
  readonly submodules: readonly { readonly path: string; readonly count: number }[]
  /** Objects that the commits name and the operator's repository will not have, as text. */
  readonly missing: readonly string[]
  /** Puts them into the operator's repositories. The branch they are on there. */
  bring(): string
}

export interface FetchRequest {
  readonly workspace: string
  readonly source: string
  readonly slug: Slug
}

/** Submodules nest, but not like this. */
const MAX_LEVELS = 10

/** Whether the copy's branch stands where none of the original's does; without Git, and without a promise. */
export function hasOwnCommits({ workspace, source }: Omit<FetchRequest, "slug">): boolean {
  using copy = openTopFolder(workspace)
  using original = openTopFolder(source)
  using theirs = findGitFolder(copy)
  const head = theirs === undefined ? undefined : findHead(theirs)
  if (head === undefined) return false
  const ours = openRepository(source, original)
  if (ours.kind === "none") return false
  using repository = ours
  return !repository.tips.includes(head.commit)
}

/**
 * Throws OperatorProblem when either side is not a repository whose commits can be moved, or the
 * commits are incomplete.
 */
export async function fetchCommits({ workspace, source, slug }: FetchRequest): Promise<FetchedCommits> {
  const open = new DisposableStack()
  try {
    const copy = open.use(openTopFolder(workspace))
    const original = open.use(openTopFolder(source))
    const theirs = open.use(findGitFolder(copy))
    if (theirs === undefined) throw new OperatorProblem("the workspace copy has no .git folder to take commits from")
    const ours = openRepository(source, original)
    if (ours.kind === "none") {
      throw new OperatorProblem(`commits cannot be brought to ${source}: ${ours.why}`, {
        hint: "apply without --commits brings the files",
      })
    }
    open.use(ours)
    const head = findHead(theirs)
    if (head === undefined && !isUnborn(theirs)) {
      throw new OperatorProblem("the workspace copy's .git cannot be read: its HEAD names no branch and no commit", {
        hint: "apply without --commits brings the files",
      })
    }
    const branch = `bot-bottle/${slug}`
    const nothing = { commits: [], count: 0, submodules: [], missing: [], bring: () => branch }
    if (head === undefined) return { ...nothing, [Symbol.dispose]: () => open.dispose() }

    const fetched = open.use(await fetchRepository({ theirs, ours, commit: head.commit, branch }))
    const inner: { readonly path: string; readonly fetched: FetchedRepository }[] = []
    const missing = [...fetched.missing]
    await walkSubmodules({ copy, original, branch, open, inner, missing }, "", fetched.submodules, 0)
    return {
      commits: fetched.commits,
      count: fetched.count,
      submodules: inner.map(({ path, fetched: { count } }) => ({ path: textOf(path as BytePath), count })),
      missing,
      bring() {
        // The commits that name them come last.
        for (const one of inner) one.fetched.bring()
        fetched.bring()
        return branch
      },
      [Symbol.dispose]: () => open.dispose(),
    }
  } catch (error) {
    open.dispose()
    throw error
  }
}

interface Walk {
  readonly copy: OpenFolder
  readonly original: OpenFolder
  readonly branch: string
  readonly open: DisposableStack
  readonly inner: { readonly path: string; readonly fetched: FetchedRepository }[]
  readonly missing: string[]
}

/** `submodules` are of the repository at `above`, newest first. */
async function walkSubmodules(
  walk: Walk,
  above: string,
  submodules: readonly TreeEntry[],
  level: number,
): Promise<void> {
  const seen = new Set<string>()
  for (const { path, id } of submodules) {
    const place = above === "" ? path : `${above}/${path}`
    const problem = await bringSubmodule(walk, { place, id, isNewest: !seen.has(path) }, level)
    seen.add(path)
    if (problem !== undefined) walk.missing.push(`submodule ${quote(place)}: commit ${id.slice(0, 12)} ${problem}`)
  }
}

/** Why the commit will be missing, in words. */
async function bringSubmodule(
  walk: Walk,
  { place, id, isNewest }: { readonly place: string; readonly id: string; readonly isNewest: boolean },
  level: number,
): Promise<string | undefined> {
  const { copy, original, branch, open, inner } = walk
  if (!isInnerPath(place) || level > MAX_LEVELS) return "has a path that is not followed"
  const folder = findFolderAt(original, place)
  if (folder === undefined) return "belongs to a submodule that your folder does not have"
  using opened = folder
  const ours = openRepository(`/proc/self/fd/${opened.fd}`, opened)
  if (ours.kind === "none") return "belongs to a submodule that is not initialised in your folder"
  open.use(ours)
  if (await hasCommit(ours, id)) return undefined
  const theirs = findInnerGitFolder(copy, place)
  if (theirs === undefined) return "is not in the copy either"
  open.use(theirs)
  if (!isNewest) {
    const newest = inner.find(({ path }) => path === place)
    return (await newest?.fetched.has(id)) === true ? undefined : "is not an ancestor of the submodule's newest commit"
  }
  try {
    const fetched = open.use(await fetchRepository({ theirs, ours, commit: id, branch }))
    await walkSubmodules(walk, place, fetched.submodules, level + 1)
    inner.push({ path: place, fetched })
    walk.missing.push(...fetched.missing.map((one) => `submodule ${quote(place)}: ${one}`))
    return undefined
  } catch (error) {
    if (error instanceof OperatorProblem) return `does not come: ${error.message}`
    throw error
  }
}

function quote(path: string): string {
  return JSON.stringify(textOf(path as BytePath))
}
