// Which of an agent's new files its project's ignore rules leave out: what a build or an
// install put there, which nobody wants brought back.
//
// The rules are the workspace's own, as its agent left them: a rule that hides a file keeps
// it from the operator's folder, so no rule can do harm.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { BytePath } from "../workspace/byte-path.ts"
import { bytePathOf, bytesOf } from "../workspace/byte-path.ts"
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

const HERE = "./"

/** Without Git nothing is ignored. */
export async function listIgnored({ paths, rules, exclude, index }: IgnoreQuestion): Promise<ReadonlySet<BytePath>> {
  if (paths.length === 0 || (rules.size === 0 && exclude === undefined) || findGit() === undefined) return new Set()
  using repository = openOwnRepository()
  if (exclude !== undefined) writeFileSync(join(repository.path, "info-exclude"), exclude)
  const shadow = mkdtempSync(join(tmpdir(), "bot-bottle-rules-"))
  try {
    for (const [path, bytes] of rules) {
      const target = bytesOf(`${shadow}/${path}`)
      mkdirSync(bytesOf(dirname(target.toString("latin1"))), { recursive: true })
      writeFileSync(target, bytes)
    }
    // A name that begins with a colon would be read as an instruction.
    const stdin = bytesOf(paths.map((path) => `${HERE}${path}\0`).join(""))
    const excludes = exclude === undefined ? [] : ["-c", `core.excludesFile=${join(repository.path, "info-exclude")}`]
    const args = [...excludes, "-c", "core.bare=false", "check-ignore", "--no-index", "--stdin", "-z"]
    const { stdout, stderr, exitCode } = await runGit(repository, args, { stdin, workTree: shadow })
    // 1: not one of them.
    if (exitCode > 1) throw new Error(`git check-ignore failed: ${stderr}`)
    const ignored = new Set(splitNul(stdout).map((path) => path.slice(HERE.length) as BytePath))
    if (index !== undefined) {
      const indexFile = join(repository.path, "index")
      writeFileSync(indexFile, index)
      const listed = await runGit(repository, ["ls-files", "-z"], { indexFile })
      for (const tracked of splitNul(listed.stdout)) ignored.delete(tracked)
    }
    return ignored
  } finally {
    rmSync(shadow, { recursive: true, force: true })
  }
}

function splitNul(bytes: Uint8Array): readonly BytePath[] {
  return bytePathOf(bytes)
    .split("\0")
    .filter((path) => path !== "") as BytePath[]
}
