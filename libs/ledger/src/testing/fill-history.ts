// Gives a ledger years of settled requests in seconds, so that a bench or a test can ask
// what a long history costs. Written past the repository: one statement a table.

import { Database } from "bun:sqlite"
import { QUARTER_MS } from "../sqlite/spend.ts"

export interface History {
  readonly path: string
  /** The ledger's only run, which has settled at least one request: the others are copies of its first. */
  readonly slug: string
  readonly requests: number
  /** The requests are spread evenly over this time before `endMs`. */
  readonly spanMs: number
  readonly endMs: number
}

const DAY_MS = 86_400_000

export function fillHistory({ path, slug, requests, spanMs, endMs }: History): void {
  const db = new Database(path, { strict: true })
  db.run("PRAGMA synchronous = OFF")
  const first = db
    .query<{ seq: number }, { slug: string }>(
      "SELECT min(seq) AS seq FROM request WHERE run_id = (SELECT id FROM run WHERE slug = $slug)",
    )
    .get({ slug })
  if (!first?.seq) throw new Error(`Run ${slug} has no request to copy`)
  const values = { first: first.seq, requests, startMs: endMs - spanMs, stepMs: spanMs / requests }

  db.transaction(() => {
    db.query(`
      INSERT INTO request (id, run_id, terms_id, provider, model, status, reserved_tokens, estimate_tokens,
        input_estimate_tokens, input_tokens, output_tokens, charged_tokens, started_at_ms, ended_at_ms)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $requests)
      SELECT printf('history-%012d', i), run_id, terms_id, provider, model, 'settled', 0, estimate_tokens,
        input_estimate_tokens, input_tokens, output_tokens, charged_tokens,
        $startMs + CAST(i * $stepMs AS INTEGER), $startMs + CAST(i * $stepMs AS INTEGER)
      FROM n, request WHERE seq = $first`).run(values)
    db.run(`
      INSERT OR REPLACE INTO usage_quarter (run_id, provider, model, quarter_ms, requests, input_tokens, output_tokens, charged_tokens)
      SELECT run_id, provider, model, ended_at_ms - ended_at_ms % ${QUARTER_MS}, count(*), sum(input_tokens),
        sum(output_tokens), sum(charged_tokens)
      FROM request WHERE ended_at_ms IS NOT NULL GROUP BY 1, 2, 3, 4`)
    for (const spanOf of [QUARTER_MS, DAY_MS]) {
      db.run(`
        INSERT OR REPLACE INTO spend_span (spend_id, span_ms, start_ms, tokens)
        SELECT id.value, ${spanOf}, quarter_ms - quarter_ms % ${spanOf}, sum(charged_tokens)
        FROM usage_quarter, (SELECT DISTINCT value FROM terms, json_each(spend_ids)) id
        GROUP BY 1, 3`)
    }
    db.run(`
      UPDATE spend SET total_tokens = coalesce(
        (SELECT sum(tokens) FROM spend_span WHERE spend_id = spend.id AND span_ms = ${DAY_MS}), 0)`)
  }).immediate()
  db.close()
}
