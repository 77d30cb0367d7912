// Lists what a push would add: its commits, the paths they change, and every new object.

import { type GitRunOptions, runGateGit } from "./git-process.ts"

export interface PushPlace {
  readonly gitDir: string
  /** Of the hook: where the objects of this push wait to be judged. */
  readonly quarantine: Readonly<Record<string, string>>
}

export interface NewCommit {
  readonly oid: string
  /** The same bytes, read in each way that a forge may read them. */
  readonly messages: readonly string[]
}

export interface NewObject {
  readonly oid: string
  /** Where it first appears; `""` for commits and top folders. */
  readonly path: string
}

export class GateFailure extends Error {
  override readonly name = "GateFailure"
}

const MAX_COMMITS = 5_000
const MAX_OBJECTS = 100_000
const TIMEOUT_MS = 60_000

export async function listNewCommits(place: PushPlace, newOid: string): Promise<readonly string[]> {
  const text = await git(place, ["rev-list", `--max-count=${MAX_COMMITS + 1}`, newOid, "--not", "--all"])
  const commits = text.split("\n").filter((line) => line !== "")
  if (commits.length > MAX_COMMITS) throw new GateFailure(`the push has more than ${MAX_COMMITS} new commits`)
  return commits
}

/** Paths that the commits change; of a merge, those that are as in none of its parents. */
export async function listChangedPaths(place: PushPlace, commits: readonly string[]): Promise<readonly string[]> {
  const args = ["diff-tree", "--stdin", "-r", "-c", "--root", "--no-renames", "--name-only", "--no-commit-id", "-z"]
  const text = await git(place, args, commits.map((oid) => `${oid}\n`).join(""))
  return [...new Set(text.split("\0").filter((path) => path !== ""))]
}

export async function listNewObjects(place: PushPlace, newOid: string): Promise<readonly NewObject[]> {
  const text = await git(place, ["rev-list", "--objects", newOid, "--not", "--all"])
  // A path may hold anything but ends at the first newline, so only whole ids begin an entry.
  const objects = text.split("\n").flatMap((line) => {
    const parts = /^([0-9a-f]{40})(?: (.*))?$/.exec(line)
    return parts === null ? [] : [{ oid: parts[1] ?? "", path: parts[2] ?? "" }]
  })
  if (objects.length > MAX_OBJECTS) throw new GateFailure(`the push has more than ${MAX_OBJECTS} new objects`)
  return objects
}

/** Commits that the gate holds already and that the push builds on. */
export async function listBases(place: PushPlace, newOid: string): Promise<readonly string[]> {
  const text = await git(place, ["rev-list", "--boundary", newOid, "--not", "--all"])
  return text
    .split("\n")
    .filter((line) => line.startsWith("-"))
    .map((line) => line.slice(1))
    .slice(0, 50)
}

/** A branch of a forge holds commits; Git lets a push offer anything. */
export async function isCommit(place: PushPlace, oid: string): Promise<boolean> {
  return (await git(place, ["cat-file", "-t", oid])).trim() === "commit"
}

export async function isFastForward(place: PushPlace, oldOid: string, newOid: string): Promise<boolean> {
  const { exitCode } = await runGateGit(place.gitDir, ["merge-base", "--is-ancestor", oldOid, newOid], options(place))
  if (exitCode > 1) throw new GateFailure("the push's history cannot be read")
  return exitCode === 0
}

/** Undefined when there is none. */
export async function readBlob(place: PushPlace, revision: string): Promise<string | undefined> {
  const { exitCode, stdout } = await runGateGit(place.gitDir, ["cat-file", "blob", revision], options(place))
  return exitCode === 0 ? stdout : undefined
}

async function git(place: PushPlace, args: readonly string[], stdin?: string): Promise<string> {
  const run = await runGateGit(place.gitDir, args, { ...options(place), ...(stdin === undefined ? {} : { stdin }) })
  // An empty list would be a push without anything to judge.
  if (run.exitCode !== 0 || run.timedOut) throw new GateFailure("the push's objects cannot be read")
  return run.stdout
}

function options({ quarantine }: PushPlace): GitRunOptions {
  return { env: quarantine, timeoutMs: TIMEOUT_MS }
}
