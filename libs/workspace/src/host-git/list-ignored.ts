// Lists the new files that the project's ignore rules leave out: the output of builds and installs,
// which nobody wants to apply.
//
// The rules are the workspace's own, as its agent left them: a rule that hides a file keeps it from
// the operator's folder, so no rule can do harm. A rule that Git cannot finish hides nothing.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { OperatorProblem } from "@bot-bottle/contracts"
import { type BytePath, bytePathOf, bytesOf } from "@bot-bottle/kernel"
import { findGit, openOwnRepository, runGit } from "./run-git.ts"

export interface IgnoreQuestion {
  readonly paths: readonly BytePath[]
  /** Contents of every ignore file, by its path. */
  readonly rules: ReadonlyMap<BytePath, Uint8Array>
  /** Contents of the original's `info/exclude`. */
  readonly exclude?: Uint8Array
  /** Contents of the original's index: what is tracked is never ignored. */
  readonly index?: Uint8Array
}

export interface IgnoreAnswer {
  readonly ignored: ReadonlySet<BytePath>
  /** Why nothing is: Git could not say. */
  readonly failure?: string
}

const HERE = "./"
/** Git takes no longer path, and no project has one. */
const LONGEST_PATH = 3_900
/** Some rules take forever to match. */
const TIMEOUT_MS = 10_000

/** Without Git nothing is ignored. */
export async function listIgnored({ paths: all, rules, exclude, index }: IgnoreQuestion): Promise<IgnoreAnswer> {
  const none = { ignored: new Set<BytePath>() }
  const paths = all.filter(({ length }) => length <= LONGEST_PATH)
  if (paths.length === 0 || (rules.size === 0 && exclude === undefined) || findGit() === undefined) return none
  using repository = openOwnRepository()
  if (exclude !== undefined) writeFileSync(join(repository.path, "info-exclude"), exclude)
  const shadow = mkdtempSync(join(tmpdir(), "bot-bottle-rules-"))
  try {
    for (const [path, bytes] of rules) {
      if (path.length > LONGEST_PATH) continue
      const target = bytesOf(`${shadow}/${path}`)
      mkdirSync(bytesOf(dirname(target.toString("latin1"))), { recursive: true })
      writeFileSync(target, bytes)
    }
    // A name that begins with a colon would be read as an instruction.
    const stdin = bytesOf(paths.map((path) => `${HERE}${path}\0`).join(""))
    const excludes = exclude === undefined ? [] : ["-c", `core.excludesFile=${join(repository.path, "info-exclude")}`]
    const args = [...excludes, "-c", "core.bare=false", "check-ignore", "--no-index", "--stdin", "-z"]
    const answer = await runGit(repository, args, { stdin, workTree: shadow, timeoutMs: TIMEOUT_MS })
    const { stdout, stderr, exitCode } = answer
    // 1: not one of them.
    if (exitCode > 1) return { ...none, failure: stderr }
    const ignored = new Set(splitNul(stdout).map((path) => path.slice(HERE.length) as BytePath))
    if (index !== undefined) {
      const indexFile = join(repository.path, "index")
      writeFileSync(indexFile, index)
      const listed = await runGit(repository, ["ls-files", "-z"], { indexFile })
      for (const tracked of splitNul(listed.stdout)) ignored.delete(tracked)
    }
    return { ignored }
  } catch (error) {
    if (error instanceof OperatorProblem) return { ...none, failure: error.message }
    throw error
  } finally {
    rmSync(shadow, { recursive: true, force: true })
  }
}

function splitNul(bytes: Uint8Array): readonly BytePath[] {
  return bytePathOf(bytes)
    .split("\0")
    .filter((path) => path !== "") as BytePath[]
}
