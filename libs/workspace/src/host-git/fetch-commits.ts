// An agent's commits, from the `.git` of its workspace copy into the operator's repository.
//
// Git never works in either. Objects are copied by name into a repository of our own, where
// Git gives every pack a new index, and fetched from there into a second one, which checks
// each object. What arrived goes into the operator's repository as files, and last the name
// of a branch.
//
//   INV-155  Of a copy's `.git` nothing comes back but objects that Git has checked and one
//            branch under `bot-bottle/`: no configuration, no hook, no name an agent chose.

import { closeSync, fchmodSync, mkdirSync, openSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { OperatorProblem, type Slug } from "@bot-bottle/contracts"
import {
  type BytePath,
  bytePath,
  findFile,
  findFolder,
  findStat,
  listNames,
  locate,
  type OpenFolder,
  openTopFolder,
} from "@bot-bottle/kernel"
import { copyFileBytes, NEW_FILE } from "../copy-file.ts"
import { openRepository } from "./open-repository.ts"
import { findGitFolder, findHead, findRef, isUnborn } from "./read-refs.ts"
import { type OwnRepository, openOwnRepository, runGit } from "./run-git.ts"
import { type BranchMove, giveToOwner, refuseBranchInUse, writeBranch } from "./write-branch.ts"

export interface Commit {
  readonly id: string
  readonly author: string
  readonly subject: string
}

export interface FetchedCommits extends Disposable {
  /** Oldest first, at most a few hundred. Empty when there is nothing new. */
  readonly commits: readonly Commit[]
  readonly count: number
  /** Puts them into the operator's repository. The branch they are on there. */
  bring(): string
}

export interface FetchRequest {
  readonly workspace: string
  readonly source: string
  readonly slug: Slug
}

const MAX_BYTES = 4 * 1024 ** 3
const MAX_SHOWN = 200

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

/** Throws OperatorProblem when either side is no repository whose commits can be moved, or they do not hold together. */
export async function fetchCommits({ workspace, source, slug }: FetchRequest): Promise<FetchedCommits> {
  const open = new DisposableStack()
  try {
    const copy = open.use(openTopFolder(workspace))
    const original = open.use(openTopFolder(source))
    const theirs = open.use(findGitFolder(copy))
    if (theirs === undefined) throw new OperatorProblem("the workspace copy has no .git folder to take commits from")
    const found = openRepository(source, original)
    if (found.kind === "none") {
      throw new OperatorProblem(`commits cannot be brought to ${source}: ${found.why}`, {
        hint: "apply without --commits brings the files",
      })
    }
    const { common: ours } = open.use(found)
    const head = findHead(theirs)
    if (head === undefined && !isUnborn(theirs)) {
      throw new OperatorProblem("the workspace copy's .git cannot be read: its HEAD names no branch and no commit", {
        hint: "apply without --commits brings the files",
      })
    }
    const objects = open.use(findFolder(ours, bytePath("objects")))
    if (head === undefined || objects === undefined)
      return { commits: [], count: 0, bring: () => "", [Symbol.dispose]: () => open.dispose() }

    const tips = found.tips.filter((tip) => tip.length === head.commit.length)
    const options = { hashLength: head.commit.length }
    const collected = open.use(openOwnRepository(options))
    borrowObjects(collected, objects)
    await collectObjects(theirs, objects, collected)
    writeFileSync(join(collected.path, "packed-refs"), `${head.commit} refs/heads/theirs\n`)

    const checked = open.use(openOwnRepository(options))
    borrowObjects(checked, objects)
    writeFileSync(join(checked.path, "packed-refs"), tips.map((tip, index) => `${tip} refs/have/${index}\n`).join(""))
    await git(
      checked,
      ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", collected.path, "refs/heads/theirs:refs/heads/theirs"],
      collected,
    )
    const move = await planMove(checked, ours, head.commit, slug)
    const range = ["refs/heads/theirs", "--not", "--glob=refs/have/*"]
    const count = Number(await git(checked, ["rev-list", "--count", ...range]))
    const log = await git(checked, ["log", "-z", `--max-count=${MAX_SHOWN}`, "--format=%h%x1f%an%x1f%s", ...range])
    return {
      commits: log
        .split("\0")
        .filter((line) => line !== "")
        .map(parseCommit)
        .reverse(),
      count,
      bring: () => bringChecked(checked, { git: ours, objects, move }),
      [Symbol.dispose]: () => open.dispose(),
    }
  } catch (error) {
    open.dispose()
    throw error
  }
}

function parseCommit(line: string): Commit {
  const [id = "", author = "", subject = ""] = line.split("\x1f")
  return { id, author, subject }
}

async function git(repository: OwnRepository, args: readonly string[], from?: OwnRepository): Promise<string> {
  const { exitCode, stdout, stderr } = await runGit(repository, args, from === undefined ? {} : { from })
  if (exitCode === 0) return stdout.toString("utf8")
  throw new OperatorProblem(`the agent's commits cannot be read: ${JSON.stringify(stderr.split("\n")[0] ?? "")}`, {
    hint: "apply without --commits brings the files",
  })
}

/** Named by descriptor: whatever the folder's path has in it. Git resolves it at once. */
function borrowObjects({ path }: OwnRepository, objects: OpenFolder): void {
  writeFileSync(join(path, "objects/info/alternates"), `/proc/${process.pid}/fd/${objects.fd}\n`)
}

/** What the operator's repository does not have, by name. Indexes are made anew: an agent wrote these. */
async function collectObjects(theirs: OpenFolder, known: OpenFolder, into: OwnRepository): Promise<void> {
  using objects = findFolder(theirs, bytePath("objects"))
  using target = openTopFolder(join(into.path, "objects"))
  if (objects === undefined) return
  const packs: string[] = []
  let bytes = 0
  for (const folderName of listNames(objects)) {
    const isPack = folderName === "pack"
    if (!isPack && !/^[0-9a-f]{2}$/.test(folderName)) continue
    using folder = findFolder(objects, folderName)
    using had = findFolder(known, folderName)
    if (folder === undefined) continue
    if (!isPack) mkdirSync(locate(target, folderName), { recursive: true })
    using made = findFolder(target, folderName)
    const pattern = isPack ? /^pack-(?:[0-9a-f]{40}|[0-9a-f]{64})\.pack$/ : /^(?:[0-9a-f]{38}|[0-9a-f]{62})$/
    for (const name of listNames(folder)) {
      if (!pattern.test(name) || (had !== undefined && findStat(had, name) !== undefined)) continue
      using file = findFile(folder, name)
      if (file === undefined || made === undefined) continue
      bytes += Number(file.stat.size)
      if (bytes > MAX_BYTES) throw new OperatorProblem(`the agent's commits are larger than ${MAX_BYTES} bytes`)
      writeNew(made, name, file.fd)
      if (isPack) packs.push(join(into.path, "objects/pack", name))
    }
  }
  for (const pack of packs) await git(into, ["index-pack", pack])
}

function writeNew(folder: OpenFolder, name: BytePath, from: number): void {
  const fd = openSync(locate(folder, name), NEW_FILE, 0o600)
  try {
    copyFileBytes(from, fd, { hashed: false })
    giveToOwner(fd, folder)
    fchmodSync(fd, 0o444)
  } finally {
    closeSync(fd)
  }
}

interface Destination {
  readonly git: OpenFolder
  readonly objects: OpenFolder
  readonly move: BranchMove
}

/** Throws OperatorProblem when the branch holds commits that the agent's do not follow from. */
async function planMove(checked: OwnRepository, git: OpenFolder, to: string, slug: Slug): Promise<BranchMove> {
  const branch = `bot-bottle/${slug}`
  const from = findRef(git, `refs/heads/${branch}`)
  if (from !== undefined && (await runGit(checked, ["merge-base", "--is-ancestor", from, to])).exitCode !== 0) {
    throw new OperatorProblem(`branch ${branch} has commits that the agent's do not follow from`, {
      hint: `keep them under another name, and apply again: git branch -m ${branch} kept/${slug}`,
    })
  }
  return { branch, from, to }
}

function bringChecked({ path }: OwnRepository, { git, objects, move }: Destination): string {
  refuseBranchInUse(git, move.branch)
  using from = openTopFolder(join(path, "objects/pack"))
  using packs = findFolder(objects, bytePath("pack"))
  if (packs === undefined) throw new OperatorProblem("the repository's objects/pack is not a folder")
  // A pack counts once its index is there.
  const names = listNames(from).filter((name) => /\.(?:pack|idx)$/.test(name))
  for (const name of [...names].sort((a, b) => Number(a.endsWith(".idx")) - Number(b.endsWith(".idx")))) {
    using file = findFile(from, name)
    if (file !== undefined && findStat(packs, name) === undefined) writeNew(packs, name, file.fd)
  }
  writeBranch(git, move)
  return move.branch
}
