// The audit trail: rows are added, never changed, and each carries the hash of the one before.
//
//   INV-32  A row that is changed, removed, moved or cut off the end is found and named
//           (verify-audit.ts). The head outside the database only ever moves forward along a chain
//           that it confirms: a broken chain is never sealed again.

import type { Database } from "bun:sqlite"
import { type AuditRecord, auditHash, auditRowFrom, EMPTY_HEAD, FIRST_PREV_HASH } from "../audit/audit-hash.ts"
import { canonicalJson } from "../audit/canonical-json.ts"
import type { AuditEntry, AuditQuery, AuditRow } from "../roles/enforcement.ts"
import type { AuditHeadFile } from "./audit-head-file.ts"

export interface Audit {
  /** Inside the transaction of what it records. Call `seal` once that has committed. */
  append(entry: AuditEntry, atMs: number): void
  /** True from an append until the next `seal`. */
  isUnsealed(): boolean
  /** Inside a write transaction, so that no other process seals an older row afterwards. */
  seal(): void
  lastSeq(): number
  list(query: AuditQuery): readonly AuditRow[]
}

export function createAudit(db: Database, head: AuditHeadFile): Audit {
  const selectLast = db.query<{ seq: number; hash: string }, []>(
    "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
  )
  const selectHash = db.query<{ hash: string }, { seq: number }>("SELECT hash FROM audit WHERE seq = $seq")
  const selectAfter = db.query<AuditRecord, { afterSeq: number; limit: number }>(
    "SELECT * FROM audit WHERE seq > $afterSeq ORDER BY seq LIMIT $limit",
  )
  const insertRow = db.query<null, AuditRecord & Record<string, string | number>>(`
    INSERT INTO audit (seq, at_ms, slug, kind, actor, detail, prev_hash, hash)
    VALUES ($seq, $at_ms, $slug, $kind, $actor, $detail, $prev_hash, $hash)
  `)
  let unsealed = false

  return {
    append({ slug, kind, actor, detail }, atMs) {
      const last = selectLast.get() ?? EMPTY_HEAD
      const row = { seq: last.seq + 1, at_ms: atMs, slug, kind, actor, detail: canonicalJson(detail) }
      const linked = { ...row, prev_hash: last.hash, hash: FIRST_PREV_HASH }
      const hash = auditHash(linked)
      if (hash === undefined) throw new TypeError(`Audit detail of ${kind} is not an object`)
      insertRow.run({ ...linked, hash })
      unsealed = true
    },

    isUnsealed: () => unsealed,

    seal() {
      unsealed = false
      const last = selectLast.get()
      const sealed = head.load()
      if (!last || !sealed || sealed.seq >= last.seq) return
      const isConfirmed = sealed.seq === 0 || selectHash.get({ seq: sealed.seq })?.hash === sealed.hash
      if (isConfirmed) head.save({ seq: last.seq, hash: last.hash })
    },

    lastSeq: () => selectLast.get()?.seq ?? 0,

    list: ({ afterSeq = 0, limit = -1 }) => selectAfter.all({ afterSeq, limit }).map(auditRowFrom),
  }
}

/** A new ledger gets its head before its first row, so that a missing head is always a finding. */
export function sealEmptyAudit(db: Database, head: AuditHeadFile): void {
  if (head.load()) return
  db.transaction(() => {
    if (head.load()) return
    if (db.query("SELECT 1 FROM audit LIMIT 1").get() === null) head.save(EMPTY_HEAD)
  }).immediate()
}
