// Changes on this host that the shared ledger does not have yet.
//
// Triggers note every changed row, whichever process changed it, so nothing is lost by a crash.
// A ledger of one host has no such triggers and pays nothing for them.

import type { Database } from "bun:sqlite"
import type { Blocks } from "./blocks.ts"
import type { FleetState } from "./fleet-state.ts"

export interface Outbox {
  /** Rows waiting. A cheap look: no more than `limit` are counted. */
  waiting(limit: number): number
  /** Inside a write transaction, which gives the batch its place in the order of batches. */
  take(atLeastSeq: number): Batch
  /** Inside a write transaction: what was taken has arrived. Rows changed since stay. */
  sent(batch: Batch): void
}

export interface Batch {
  readonly seq: number
  readonly body: string
  readonly keys: readonly OutboxRow[]
  readonly auditSent: number
  /** False when there is more to send. */
  readonly isAll: boolean
}

interface OutboxRow {
  kind: "run" | "step" | "usage"
  key: string
  version: number
}

const MAX_ROWS = 1000

const note = (kind: string, key: string) => `
  INSERT INTO outbox (kind, key) VALUES ('${kind}', ${key}) ON CONFLICT DO UPDATE SET version = version + 1;`
const USAGE_KEY = "json_array(NEW.run_id, NEW.provider, NEW.model, NEW.quarter_ms)"
const TRIGGERS = [
  ["run_insert", "AFTER INSERT ON run", note("run", "NEW.id")],
  ["run_update", "AFTER UPDATE ON run", note("run", "NEW.id")],
  ["step_insert", "AFTER INSERT ON enforcement", note("step", "NEW.id")],
  ["step_update", "AFTER UPDATE ON enforcement", note("step", "NEW.id")],
  ["usage_insert", "AFTER INSERT ON usage_quarter", note("usage", USAGE_KEY)],
  ["usage_update", "AFTER UPDATE ON usage_quarter", note("usage", USAGE_KEY)],
] as const

/** Inside a write transaction. Rows that are in the ledger already are sent, too. */
export function startOutbox(db: Database): void {
  if (db.query("SELECT 1 FROM sqlite_master WHERE name = 'outbox_run_insert'").get() !== null) return
  for (const [name, when, work] of TRIGGERS) db.run(`CREATE TRIGGER outbox_${name} ${when} BEGIN ${work} END`)
  db.run("INSERT OR IGNORE INTO outbox (kind, key) SELECT 'run', id FROM run")
  db.run("INSERT OR IGNORE INTO outbox (kind, key) SELECT 'step', id FROM enforcement")
  db.run(
    "INSERT OR IGNORE INTO outbox (kind, key) SELECT 'usage', json_array(run_id, provider, model, quarter_ms) FROM usage_quarter",
  )
}

export function createOutbox(db: Database, { state, blocks }: { state: FleetState; blocks: Blocks }): Outbox {
  const count = db.query<{ n: number }, { limit: number }>(
    "SELECT count(*) AS n FROM (SELECT 1 FROM outbox LIMIT $limit)",
  )
  const lastAudit = db.query<{ seq: number | null }, []>("SELECT max(seq) AS seq FROM audit")
  // Runs first: their usage and their steps name them.
  const selectKeys = db.query<OutboxRow, { limit: number }>(
    "SELECT kind, key, version FROM outbox ORDER BY kind = 'run' DESC, kind, key LIMIT $limit",
  )
  const selectRun = db.query<Record<string, unknown>, { key: string }>(
    "SELECT * FROM run WHERE id = CAST($key AS INTEGER)",
  )
  const selectStep = db.query<Record<string, unknown>, { key: string }>(
    "SELECT e.*, run.slug FROM enforcement e JOIN run ON run.id = e.run_id WHERE e.id = CAST($key AS INTEGER)",
  )
  const selectUsage = db.query<Record<string, unknown>, { key: string }>(`
    SELECT u.*, (SELECT slug FROM run WHERE id = u.run_id) AS slug FROM usage_quarter u
    WHERE run_id = $key ->> 0 AND provider = $key ->> 1 AND model = $key ->> 2 AND quarter_ms = $key ->> 3`)
  const selectAudit = db.query<Record<string, unknown> & { seq: number }, { after: number; limit: number }>(
    "SELECT * FROM audit WHERE seq > $after ORDER BY seq LIMIT $limit",
  )
  const remove = db.query<null, { kind: string; key: string; version: number }>(
    "DELETE FROM outbox WHERE kind = $kind AND key = $key AND version = $version",
  )
  const auditSent = () => Number(state.get("audit_sent") ?? 0)

  return {
    waiting(limit) {
      const rows = count.get({ limit })?.n ?? 0
      return rows + Math.max(0, (lastAudit.get()?.seq ?? 0) - auditSent())
    },

    take(atLeastSeq) {
      const keys = selectKeys.all({ limit: MAX_ROWS })
      const of = (kind: OutboxRow["kind"]) => keys.filter((row) => row.kind === kind)
      const audit = selectAudit.all({ after: auditSent(), limit: MAX_ROWS })
      const body = {
        runs: of("run").flatMap(({ key }) =>
          jsonColumns(selectRun.get({ key }), ["bottles", "ancestors", "meters", "tags"]),
        ),
        steps: of("step").flatMap(({ key }) => selectStep.get({ key }) ?? []),
        usage: of("usage").flatMap(({ key }) => selectUsage.get({ key }) ?? []),
        audit,
        blocks: blocks.list().map((block) => ({
          scope_kind: block.scopeKind,
          scope_key: block.scopeKey,
          provider: block.provider,
          limit_window: block.window,
          start_ms: block.startMs,
          used_tokens: block.usedTokens,
        })),
      }
      return {
        seq: state.nextPushSeq(atLeastSeq),
        body: JSON.stringify(body),
        keys,
        auditSent: audit.at(-1)?.seq ?? auditSent(),
        isAll: keys.length < MAX_ROWS && audit.length < MAX_ROWS,
      }
    },

    sent(batch) {
      for (const row of batch.keys) remove.run({ ...row })
      state.set("audit_sent", Math.max(auditSent(), batch.auditSent))
    },
  }
}

function jsonColumns(
  row: Record<string, unknown> | null,
  names: readonly string[],
): readonly Record<string, unknown>[] {
  if (row === null) return []
  return [{ ...row, ...Object.fromEntries(names.map((name) => [name, JSON.parse(String(row[name]))])) }]
}
