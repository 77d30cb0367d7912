// Writes into the audit trail what the second net caught: where, found by whom, and what was
// done. Never what it was.
//
// An agent that tries in a loop must not fill the host's disk with rows that are chained for ever.
// The first of its kind is written at once; later ones are counted and written as one.

import type { Slug } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import type { LedgerWrites } from "../meter/ledger-writes.ts"
import type { DlpLimit } from "./dlp-limit.ts"
import type { DlpMatch } from "./dlp-match.ts"

export interface DlpRecord {
  record(match: DlpMatch): void
  /** Writes what was only counted so far. */
  flush(): void
}

export interface DlpRecordOptions {
  readonly slug: Slug
  readonly ledger: Pick<Ledger, "appendAudit">
  readonly writes: LedgerWrites
  readonly nowMs: () => number
  /** Told of each match as well. */
  readonly limit?: DlpLimit
  readonly pauseMs?: number
}

interface Counted {
  readonly match: DlpMatch
  writtenAtMs: number
  waiting: number
}

const PAUSE_MS = 60_000
/** A wildcard route has any number of hosts. */
const MAX_KINDS = 1_000

export function createDlpRecord(options: DlpRecordOptions): DlpRecord {
  const { slug, ledger, writes, nowMs, limit, pauseMs = PAUSE_MS } = options
  const kinds = new Map<string, Counted>()

  function write(kind: Counted): void {
    const { match, waiting: times } = kind
    kind.waiting = 0
    kind.writtenAtMs = nowMs()
    const detail = { ...match, times }
    writes.enqueue(() => ledger.appendAudit({ slug, kind: "dlp", actor: "bot-bottle", detail }))
  }

  function kindOf(match: DlpMatch): Counted {
    const exact = [match.host, match.detector, match.outcome].join(" ")
    const key = kinds.has(exact) || kinds.size < MAX_KINDS ? exact : "more"
    const known = kinds.get(key)
    if (known !== undefined) return known
    const host = key === exact ? match.host : "(further hosts)"
    const made = { match: { ...match, host }, writtenAtMs: Number.NEGATIVE_INFINITY, waiting: 0 }
    kinds.set(key, made)
    return made
  }

  return {
    record(match) {
      const kind = kindOf(match)
      kind.waiting += 1
      if (nowMs() - kind.writtenAtMs >= pauseMs) write(kind)
      limit?.count(match)
    },
    flush() {
      for (const kind of kinds.values()) if (kind.waiting > 0) write(kind)
    },
  }
}
