// The newest (seq, hash) of the audit chain, kept outside the database, so that rows cut off
// its end are missed.
//
// Written after the commit it speaks of: a crash between the two leaves it behind, never
// ahead. A head ahead of the table means that rows are gone.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs"
import { dirname, join } from "node:path"
import { ifThere } from "@bot-bottle/kernel"
import { EMPTY_HEAD } from "../audit/audit-hash.ts"
import type { AuditHead } from "../roles/enforcement.ts"

export interface AuditHeadFile {
  /** Undefined when the file is missing or its text is invalid: then nothing vouches for the chain's end. */
  load(): AuditHead | undefined
  save(head: AuditHead): void
}

export function createAuditHeadFile(ledgerPath: string): AuditHeadFile {
  const path = join(dirname(ledgerPath), "audit-head")
  return {
    load: () => parseHead(ifThere(() => readFileSync(path, "utf8")) ?? ""),
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

/** Of a ledger without a file: nothing is ever added to its chain. */
export const headOfEmptyAudit: AuditHeadFile = {
  load: () => EMPTY_HEAD,
  save() {
    throw new TypeError("An empty ledger has no audit head to move")
  },
}

function parseHead(text: string): AuditHead | undefined {
  const match = /^\{"seq":(\d+),"hash":"([0-9a-f]{64})"\}\n$/.exec(text)
  return match ? { seq: Number(match[1]), hash: match[2] ?? "" } : undefined
}
