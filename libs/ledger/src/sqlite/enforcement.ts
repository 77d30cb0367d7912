// Enforcement steps: the action on a run, its actor, and its outcome. Each step is also an audit
// row, written in the same transaction.

import type { Database } from "bun:sqlite"
import { formatScope } from "@bot-bottle/budget"
import { type FreezeReason, formatTime, type ScopeKind, type Slug, type Window } from "@bot-bottle/contracts"
import type { ActionOutcome, EnforcementAction, EnforcementRow } from "../roles/enforcement.ts"
import type { Audit } from "./audit.ts"
import type { Runs } from "./runs.ts"

export interface Enforcement {
  begin(action: EnforcementAction): number
  /** The first outcome stands. Throws for an id that was never begun. */
  finish(id: number, outcome: ActionOutcome): void
  /** In the order they were asked for. */
  list(slug: Slug): readonly EnforcementRow[]
  find(id: number): EnforcementRow | undefined
  /** Of every run, oldest first. */
  listPending(): readonly EnforcementRow[]
}

interface Row {
  id: number
  slug: string
  kind: EnforcementAction["kind"]
  cause: EnforcementAction["trigger"]
  actor: string
  provider: string | null
  scope_kind: ScopeKind | null
  scope_key: string | null
  limit_tokens: number | null
  used_tokens: number | null
  limit_window: Window | null
  reason: FreezeReason | null
  until_ms: number | null
  requested_at_ms: number
  done_at_ms: number | null
  outcome: EnforcementRow["outcome"]
  error: string | null
}

export function createEnforcement(
  db: Database,
  { runs, audit, nowMs }: { runs: Runs; audit: Audit; nowMs: () => number },
): Enforcement {
  const insertRow = db.query<null, Record<string, string | number | null>>(`
    INSERT INTO enforcement (run_id, kind, cause, actor, provider, scope_kind, scope_key, limit_tokens, used_tokens,
      limit_window, reason, until_ms, requested_at_ms, outcome)
    VALUES ($runId, $kind, $cause, $actor, $provider, $scopeKind, $scopeKey, $limitTokens, $usedTokens, $window,
      $reason, $untilMs, $nowMs, 'pending')
  `)
  const finishRow = db.query<null, { id: number; outcome: string; error: string | null; nowMs: number }>(`
    UPDATE enforcement SET outcome = $outcome, error = $error, done_at_ms = $nowMs WHERE id = $id AND outcome = 'pending'
  `)
  const select = "SELECT e.*, run.slug FROM enforcement e JOIN run ON run.id = e.run_id"
  const selectRow = db.query<Row, { id: number }>(`${select} WHERE e.id = $id`)
  const selectBySlug = db.query<Row, { slug: string }>(`${select} WHERE run.slug = $slug ORDER BY e.id`)
  const selectPending = db.query<Row, []>(`${select} WHERE e.outcome = 'pending' ORDER BY e.id`)

  return {
    begin(action) {
      const { slug, kind, trigger, actor, provider, scope, limitTokens, usedTokens, window, reason, untilMs } = action
      const { lastInsertRowid } = insertRow.run({
        runId: runs.loadId(slug),
        kind,
        cause: trigger,
        actor,
        provider: provider ?? null,
        scopeKind: scope?.kind ?? null,
        scopeKey: scope?.key ?? null,
        limitTokens: limitTokens ?? null,
        usedTokens: usedTokens ?? null,
        window: window ?? null,
        reason: reason ?? null,
        untilMs: untilMs ?? null,
        nowMs: nowMs(),
      })
      const budget = { scope: scope && formatScope(scope), provider, limit: limitTokens, used: usedTokens, window }
      const why = { reason, until: untilMs === undefined ? undefined : formatTime(untilMs) }
      const detail = { enforcement: Number(lastInsertRowid), trigger, ...why, ...budget }
      audit.append({ slug, kind: `${kind}-requested`, actor, detail }, nowMs())
      return Number(lastInsertRowid)
    },

    finish(id, ended) {
      const row = selectRow.get({ id })
      if (!row) throw new Error(`Enforcement ${id} is not in the ledger`)
      const { outcome } = ended
      const error = outcome === "failed" ? ended.error : undefined
      const { changes } = finishRow.run({ id, outcome, error: error ?? null, nowMs: nowMs() })
      if (changes === 0) return
      const entry = { slug: row.slug, kind: `${row.kind}-${outcome}`, actor: row.actor }
      audit.append({ ...entry, detail: { enforcement: id, trigger: row.cause, error } }, nowMs())
    },

    find(id) {
      const row = selectRow.get({ id })
      return row ? enforcementFrom(row) : undefined
    },
    list: (slug) => selectBySlug.all({ slug }).map(enforcementFrom),
    listPending: () => selectPending.all().map(enforcementFrom),
  }
}

function enforcementFrom(row: Row): EnforcementRow {
  return {
    id: row.id,
    slug: row.slug,
    kind: row.kind,
    trigger: row.cause,
    actor: row.actor,
    ...(row.provider === null ? {} : { provider: row.provider }),
    ...(row.scope_kind === null ? {} : { scope: { kind: row.scope_kind, key: row.scope_key ?? "" } }),
    ...(row.limit_tokens === null ? {} : { limitTokens: row.limit_tokens }),
    ...(row.used_tokens === null ? {} : { usedTokens: row.used_tokens }),
    ...(row.limit_window === null ? {} : { window: row.limit_window }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.until_ms === null ? {} : { untilMs: row.until_ms }),
    requestedAtMs: row.requested_at_ms,
    ...(row.done_at_ms === null ? {} : { doneAtMs: row.done_at_ms }),
    outcome: row.outcome,
    ...(row.error === null ? {} : { error: row.error }),
  }
}
