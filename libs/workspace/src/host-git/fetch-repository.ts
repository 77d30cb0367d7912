// One repository's new commits, checked by Git in repositories of our own, and a branch for them.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { type BytePath, bytePath, findFolder, type OpenFolder, textOf } from "@bot-bottle/kernel"
import { type LfsFile, listChangedEntries, listLfsFiles, type TreeEntry } from "./changed-entries.ts"
import { addPacks, askGit, borrowObjects, collectObjects } from "./collect-objects.ts"
import { bringLfsObject, findLfsObject } from "./lfs-objects.ts"
import type { OpenRepository } from "./open-repository.ts"
import { findRef } from "./read-refs.ts"
import { type OwnRepository, openOwnRepository, runGit } from "./run-git.ts"
import { type BranchMove, refuseBranchInUse, writeBranch } from "./write-branch.ts"

export interface Commit {
  readonly id: string
  readonly author: string
  readonly subject: string
}

export interface FetchedRepository extends Disposable {
  /** Oldest first, at most a few hundred. */
  readonly commits: readonly Commit[]
  readonly count: number
  /** Submodules' commits that the new commits name, the last of each path first. */
  readonly submodules: readonly TreeEntry[]
  /** Files whose contents will not be there, and why, in words. */
  readonly missing: readonly string[]
  /** Whether the operator's repository will have this commit. */
  has(commit: string): Promise<boolean>
  bring(): void
}

export interface RepositoryRequest {
  /** The copy's. */
  readonly theirs: OpenFolder
  readonly ours: OpenRepository
  readonly commit: string
  readonly branch: string
}

const MAX_SHOWN = 200
const RANGE = ["refs/heads/theirs", "--not", "--glob=refs/have/*"]

/** Throws OperatorProblem when the commits do not hold together, or the branch could not take them. */
export async function fetchRepository({ theirs, ours, commit, branch }: RepositoryRequest): Promise<FetchedRepository> {
  const open = new DisposableStack()
  try {
    const objects = open.use(findFolder(ours.common, bytePath("objects")))
    if (objects === undefined) throw new OperatorProblem("the repository has no objects folder")
    const options = { hashLength: commit.length }
    const tips = ours.tips.filter((tip) => tip.length === commit.length)
    const collected = open.use(openOwnRepository(options))
    borrowObjects(collected, objects)
    await collectObjects(theirs, objects, collected)
    writeFileSync(join(collected.path, "packed-refs"), `${commit} refs/heads/theirs\n`)

    const checked = open.use(openOwnRepository(options))
    borrowObjects(checked, objects)
    writeFileSync(join(checked.path, "packed-refs"), tips.map((tip, index) => `${tip} refs/have/${index}\n`).join(""))
    const refspec = "refs/heads/theirs:refs/heads/theirs"
    const fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", collected.path, refspec]
    await askGit(checked, fetch, { from: collected })
    const move = await planMove(checked, ours.common, { branch, to: commit })
    const log = await askGit(checked, ["log", "-z", `--max-count=${MAX_SHOWN}`, "--format=%h%x1f%an%x1f%s", ...RANGE])
    const changed = await listChangedEntries(checked, RANGE)
    const lfs = describeLfs(await listLfsFiles(checked, commit, changed), theirs, ours.common)
    return {
      commits: log
        .split("\0")
        .filter((line) => line !== "")
        .map(parseCommit)
        .reverse(),
      count: Number(await askGit(checked, ["rev-list", "--count", ...RANGE])),
      submodules: changed.filter(({ kind }) => kind === "submodule"),
      missing: lfs.missing,
      has: async (id) => (await runGit(checked, ["cat-file", "-e", `${id}^{commit}`])).exitCode === 0,
      bring() {
        refuseBranchInUse(ours.common, branch)
        for (const oid of lfs.toBring) bringLfsObject(theirs, ours.common, oid)
        addPacks(checked, objects)
        writeBranch(ours.common, move)
      },
      [Symbol.dispose]: () => open.dispose(),
    }
  } catch (error) {
    open.dispose()
    throw error
  }
}

/** Whether the operator's repository has a commit; Git looks for it from one of our own. */
export async function hasCommit({ common }: OpenRepository, commit: string): Promise<boolean> {
  using objects = findFolder(common, bytePath("objects"))
  if (objects === undefined) return false
  using own = openOwnRepository({ hashLength: commit.length })
  borrowObjects(own, objects)
  return (await runGit(own, ["cat-file", "-e", `${commit}^{commit}`])).exitCode === 0
}

/** Throws OperatorProblem when the branch holds commits that the agent's do not follow from. */
async function planMove(
  checked: OwnRepository,
  git: OpenFolder,
  { branch, to }: Omit<BranchMove, "from">,
): Promise<BranchMove> {
  const from = findRef(git, `refs/heads/${branch}`)
  if (from !== undefined && (await runGit(checked, ["merge-base", "--is-ancestor", from, to])).exitCode !== 0) {
    throw new OperatorProblem(`branch ${branch} has commits that the agent's do not follow from`, {
      hint: `keep them under another name, and apply again: git branch -m ${branch} kept/${branch.replace(/^.*\//, "")}`,
    })
  }
  return { branch, from, to }
}

function describeLfs(files: readonly LfsFile[], theirs: OpenFolder, ours: OpenFolder) {
  const toBring = new Set<string>()
  const missing = new Set<string>()
  for (const { path, oid } of files) {
    const name = JSON.stringify(textOf(path as BytePath))
    const source = oid === undefined ? "whole" : findLfsObject(theirs, ours, oid)
    if (source === "whole") missing.add(`${name} holds a whole file where Git LFS wants a pointer`)
    if (source === "nowhere") missing.add(`${name} points to contents of Git LFS that are not in the copy`)
    if (source === "in-copy" && oid !== undefined) toBring.add(oid)
  }
  return { toBring: [...toBring], missing: [...missing].sort() }
}

function parseCommit(line: string): Commit {
  const [id = "", author = "", subject = ""] = line.split("\x1f").map((word) => Buffer.from(word, "latin1").toString())
  return { id, author, subject }
}
