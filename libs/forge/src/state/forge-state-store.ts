// Where the records are: `forge/<owner>/<repo>/issue-<n>.json` below the root.
//
// A record is replaced whole and reaches the disk before `write` returns, so that a crash at
// any moment leaves the old text or the new.

import { randomUUID } from "node:crypto"
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { parseRepositoryName } from "../repository-name.ts"
import { type ForgeState, formatForgeState, parseForgeState } from "./forge-state.ts"

export interface IssueKey {
  readonly owner: string
  readonly repo: string
  readonly issue_number: number
}

export interface ForgeStateStore {
  read(key: IssueKey): Promise<ForgeState | undefined>
  write(state: ForgeState): Promise<void>
  /** A record that is not there counts as deleted. */
  delete(key: IssueKey): Promise<void>
  all(): Promise<ForgeStates>
}

export interface ForgeStates {
  /** By owner, repository and number. */
  readonly states: readonly ForgeState[]
  /** Paths of files that hold no whole record. */
  readonly unreadable: readonly string[]
}

const RECORD = /^issue-[1-9]\d{0,15}\.json$/

/** `root` is bot-bottle's own. */
export function createForgeStateStore(root: string): ForgeStateStore {
  const top = join(root, "forge")

  return {
    async read(key) {
      const path = pathOf(top, key)
      const text = await readFile(path, "utf8").catch(absent)
      if (text === undefined) return undefined
      const state = parseForgeState(text)
      if (state === undefined || !isFor(state, key))
        throw new OperatorProblem(`the forge state in ${path} cannot be read`, {
          hint: "restore the file, or delete it: the next reconciliation starts the issue again",
        })
      return state
    },

    async write(state) {
      const path = pathOf(top, state)
      const folder = join(path, "..")
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const sibling = join(folder, `.${randomUUID()}.tmp`)
      try {
        await writeDurably(sibling, formatForgeState(state))
        await rename(sibling, path)
        await syncFolder(folder)
      } finally {
        await rm(sibling, { force: true })
      }
    },

    async delete(key) {
      await rm(pathOf(top, key), { force: true })
    },

    async all() {
      const states: ForgeState[] = []
      const unreadable: string[] = []
      for (const owner of await namesIn(top))
        for (const repo of await namesIn(join(top, owner)))
          for (const name of await namesIn(join(top, owner, repo))) {
            if (!RECORD.test(name)) continue
            const path = join(top, owner, repo, name)
            const state = parseForgeState(await readFile(path, "utf8").catch(() => ""))
            const key = { owner, repo, issue_number: Number(name.slice("issue-".length, -".json".length)) }
            if (state === undefined || !isFor(state, key)) unreadable.push(path)
            else states.push(state)
          }
      return { states: states.sort(byIssue), unreadable }
    },
  }
}

function pathOf(top: string, key: IssueKey): string {
  checkIssueKey(key)
  return join(top, key.owner, key.repo, `issue-${key.issue_number}.json`)
}

/** Throws OperatorProblem for a name that must not become a path or an address. */
export function checkIssueKey({ owner, repo, issue_number }: IssueKey): void {
  const name = parseRepositoryName(owner, repo)
  if (name === undefined || !Number.isSafeInteger(issue_number) || issue_number < 1)
    throw new OperatorProblem(`invalid repository or issue: ${JSON.stringify(`${owner}/${repo}#${issue_number}`)}`, {
      hint: "owner and repository are letters, digits, '.', '_' and '-'; an issue is a positive number",
    })
}

/** A record that was moved or copied by hand must not act for another issue. */
export function isFor(state: ForgeState, { owner, repo, issue_number }: IssueKey): boolean {
  return state.owner === owner && state.repo === repo && state.issue_number === issue_number
}

export function byIssue(a: ForgeState, b: ForgeState): number {
  const first = `${a.owner}/${a.repo}`
  const second = `${b.owner}/${b.repo}`
  return first === second ? a.issue_number - b.issue_number : first < second ? -1 : 1
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx", 0o600)
  await file.writeFile(text)
  await file.sync()
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r")
  await folder.sync()
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(absent)) ?? []
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined
  throw error
}
