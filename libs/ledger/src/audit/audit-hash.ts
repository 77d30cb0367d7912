// The hash of one audit row. It covers the hash of the row before it, and every field of the row.

import type { AuditHead, AuditRow } from "../roles/enforcement.ts"
import { canonicalJson } from "./canonical-json.ts"

/** `prev_hash` of the first row. */
export const FIRST_PREV_HASH = "0".repeat(64)

/** Of an audit without rows. */
export const EMPTY_HEAD: AuditHead = { seq: 0, hash: FIRST_PREV_HASH }

export interface AuditRecord {
  readonly seq: number
  readonly at_ms: number
  readonly slug: string
  readonly kind: string
  readonly actor: string
  /** Canonical JSON text. */
  readonly detail: string
  readonly prev_hash: string
  readonly hash: string
}

/** sha256 over `prev_hash` and the canonical JSON of the rest. Undefined when `detail` is not canonical JSON. */
export function auditHash({ prev_hash, hash: _, ...row }: AuditRecord): string | undefined {
  const detail = parseDetail(row.detail)
  if (detail === undefined || canonicalJson(detail) !== row.detail) return undefined
  return new Bun.CryptoHasher("sha256").update(prev_hash + canonicalJson({ ...row, detail })).digest("hex")
}

export function auditRowFrom({ seq, at_ms, slug, kind, actor, detail, prev_hash, hash }: AuditRecord): AuditRow {
  return { seq, atMs: at_ms, slug, kind, actor, detail: parseDetail(detail) ?? {}, prevHash: prev_hash, hash }
}

/** Undefined for text that is not a JSON object. */
function parseDetail(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    // Somebody edited the column: the row's hash will not match, which is the answer.
    return undefined
  }
}
