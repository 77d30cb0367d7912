// The commit that this build of bot-bottle was made from, for the footer of a summary.
//
// A build that people install has it written in. A clone reads it from its own `.git`, as files: no Git is
// started, so no setting of the repository is obeyed.

import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { cloneFolder } from "@bot-bottle/contracts"

declare const BOT_BOTTLE_COMMIT: string | undefined
const OID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/

/** `""` when it cannot be told. */
export function findOwnCommit(): string {
  const clone = cloneFolder()
  if (clone !== undefined) return findCloneCommit(clone)
  return typeof BOT_BOTTLE_COMMIT === "string" ? BOT_BOTTLE_COMMIT : ""
}

export function findCloneCommit(clone: string): string {
  const pointer = /^gitdir: (.+)$/m.exec(read(join(clone, ".git")))?.[1]
  const own = pointer === undefined ? join(clone, ".git") : resolve(clone, pointer)
  const head = read(join(own, "HEAD")).trim()
  const ref = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1]
  if (ref === undefined) return OID.test(head) ? head : ""
  // A worktree has a HEAD of its own, and its branches in the repository it belongs to.
  const shared = resolve(own, read(join(own, "commondir")).trim() || ".")
  const loose = read(join(shared, ref)).trim()
  if (OID.test(loose)) return loose
  const packed = read(join(shared, "packed-refs")).split("\n")
  return packed.find((line) => line.endsWith(` ${ref}`))?.split(" ")[0] ?? ""
}

/** `""` for a file that is not there. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
