// Proves the audit trail, or names the first row at which it is not what was written.
//
// Walks the chain from the start. Changed rows fail their own hash. Moved rows pass it under
// another number. Missing rows leave a gap, or a hash that no row has. Rows cut off the end leave
// the head outside the database pointing at nothing.

import type { AuditHead, AuditVerdict } from "../roles/enforcement.ts"
import { type AuditRecord, auditHash, EMPTY_HEAD } from "./audit-hash.ts"

type Broken = Extract<AuditVerdict, { outcome: "broken" }>

/** `head` must have been read before `rows`: it may be behind them, never ahead. */
export function verifyAudit(rows: readonly AuditRecord[], head: AuditHead | undefined): AuditVerdict {
  const hashes = new Set(rows.map((row) => row.hash))
  const mostSeq = Math.max(rows.length, head?.seq ?? 0) + 1
  let last: AuditHead = EMPTY_HEAD
  for (const row of rows) {
    const problem = findBreak(row, last, hashes, mostSeq)
    if (problem) return problem
    last = row
  }
  if (!head || head.seq > last.seq) return broken(last.seq + 1, "truncated")
  // The chain is whole but is not the one the head saw: rewritten from some row on.
  if (head.seq > 0 && rows[head.seq - 1]?.hash !== head.hash) return broken(head.seq, "changed")
  return { outcome: "intact", rows: rows.length }
}

function findBreak(
  row: AuditRecord,
  last: AuditHead,
  hashes: ReadonlySet<string>,
  mostSeq: number,
): Broken | undefined {
  const seq = last.seq + 1
  const isElsewhere = hashes.has(row.prev_hash)
  // A gap: the row before this one was taken away, or put somewhere else.
  if (row.seq !== seq) return broken(seq, isElsewhere && row.prev_hash !== last.hash ? "reordered" : "removed")

  if (auditHash(row) !== row.hash) {
    if (!isMovedRow(row, mostSeq)) return broken(seq, "changed")
    return broken(seq, isElsewhere || row.prev_hash === EMPTY_HEAD.hash ? "reordered" : "removed")
  }
  if (row.prev_hash === last.hash) return undefined
  // This row is as it was written, so the one before it was rewritten, hash and all.
  return broken(Math.max(last.seq, 1), "changed")
}

/** True when the row is unaltered but for its number. */
function isMovedRow(row: AuditRecord, mostSeq: number): boolean {
  for (let seq = 1; seq <= mostSeq; seq++) {
    if (seq !== row.seq && auditHash({ ...row, seq }) === row.hash) return true
  }
  return false
}

function broken(seq: number, problem: Broken["problem"]): Broken {
  return { outcome: "broken", seq, problem }
}
