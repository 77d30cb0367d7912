// The newest (seq, hash) of the audit chain, kept outside the database, so that rows cut off
// its end are missed.
//
// Written after the commit it speaks of: a crash between the two leaves it behind, never
// ahead. A head ahead of the table means that rows are gone.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs"
import { dirname, join } from "node:path"
import { FIRST_PREV_HASH } from "../audit/audit-hash.ts"

export interface Head {
  readonly seq: number
  readonly hash: string
}

export interface AuditHead {
  /** Undefined when the file is missing or is no head: then nothing vouches for the chain's end. */
  load(): Head | undefined
  save(head: Head): void
}

/** Of an audit without rows. */
export const EMPTY_HEAD: Head = { seq: 0, hash: FIRST_PREV_HASH }

export function createAuditHead(ledgerPath: string): AuditHead {
  const path = join(dirname(ledgerPath), "audit-head")
  return {
    load: () => parseHead(readIfThere(path)),
    save(head) {
      const next = `${path}.${process.pid}.new`
      const file = openSync(next, "w", 0o600)
      try {
        writeSync(file, `${JSON.stringify(head)}\n`)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      renameSync(next, path)
    },
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return ""
    throw error
  }
}

function parseHead(text: string): Head | undefined {
  const match = /^\{"seq":(\d+),"hash":"([0-9a-f]{64})"\}\n$/.exec(text)
  return match ? { seq: Number(match[1]), hash: match[2] ?? "" } : undefined
}
