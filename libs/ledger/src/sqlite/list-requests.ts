// Single requests, newest first and in pages: what the dashboard shows.
//
// There is no index on a run's requests, which would cost every reservation a tenth of its
// speed. A run's ended requests are found by the time in which it ran (`request_by_end`).

import type { Database } from "bun:sqlite"
import type { RequestQuery, RequestRow } from "../roles/metering.ts"
import { type UsageColumns, usageOf } from "./usage-columns.ts"

export interface RequestList {
  list(query: RequestQuery): readonly RequestRow[]
  /** Of every run, oldest first. */
  listOpen(): readonly RequestRow[]
  /** Oldest first. */
  listAfter(seq: number, limit: number): readonly (RequestRow & { readonly seq: number })[]
  /** In the order of their ends. */
  listEndedSince(atMs: number, limit: number): readonly RequestRow[]
  lastSeq(): number
  find(id: string): RequestRow | undefined
}

interface Row extends UsageColumns {
  seq: number
  id: string
  slug: string
  provider: string
  model: string
  status: "reserved" | "settled" | "cut_short" | "failed"
  charged_tokens: number
  reserved_tokens: number
  estimated: number
  started_at_ms: number
  ended_at_ms: number | null
  upstream_status: number | null
  cost_micro_usd: number | null
}

type Bounds = { readonly slug: string; readonly limit: number }

export function createRequestList(db: Database): RequestList {
  const columns = `seq, request.id, (SELECT slug FROM run WHERE run.id = run_id) AS slug, provider, model, request.status,
    input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, charged_tokens,
    reserved_tokens, estimated, request.started_at_ms, request.ended_at_ms, upstream_status, cost_micro_usd`
  const runId = "run_id = (SELECT id FROM run WHERE slug = $slug)"
  const selectById = db.query<Row, { id: string }>(`SELECT ${columns} FROM request WHERE id = $id`)
  const selectAll = db.query<Row, { beforeSeq: number; limit: number }>(
    `SELECT ${columns} FROM request WHERE seq < $beforeSeq ORDER BY seq DESC LIMIT $limit`,
  )
  const selectAfter = db.query<Row, { seq: number; limit: number }>(
    `SELECT ${columns} FROM request WHERE seq > $seq ORDER BY seq LIMIT $limit`,
  )
  const selectEndedSince = db.query<Row, { atMs: number; limit: number }>(
    `SELECT ${columns} FROM request WHERE ended_at_ms >= $atMs ORDER BY ended_at_ms LIMIT $limit`,
  )
  const selectLast = db.query<{ seq: number | null }, []>("SELECT max(seq) AS seq FROM request")
  // Left to choose, SQLite walks every request in the order of `seq` instead of sorting the few open ones.
  const selectOpen = db.query<Row, []>(
    `SELECT ${columns} FROM request INDEXED BY request_open WHERE status = 'reserved' ORDER BY seq`,
  )
  const selectOpenOf = db.query<Row, Bounds & { beforeSeq: number }>(`
    SELECT ${columns} FROM request WHERE ${runId} AND status = 'reserved' AND seq < $beforeSeq
    ORDER BY seq DESC LIMIT $limit`)
  const selectEndedOf = db.query<Row, Bounds & { beforeMs: number; beforeSeq: number }>(`
    SELECT ${columns} FROM request
    WHERE ended_at_ms >= (SELECT started_at_ms FROM run WHERE slug = $slug) AND ended_at_ms <= $beforeMs
      AND (ended_at_ms < $beforeMs OR seq < $beforeSeq) AND +${runId}
    ORDER BY ended_at_ms DESC, seq DESC LIMIT $limit`)

  function listOf(slug: string, before: Row | undefined, limit: number): readonly Row[] {
    const isPastOpen = before !== undefined && before.status !== "reserved"
    const beforeSeq = before?.seq ?? Number.MAX_SAFE_INTEGER
    const open = isPastOpen ? [] : selectOpenOf.all({ slug, limit, beforeSeq })
    const left = limit - open.length
    if (left <= 0) return open
    const bounds = isPastOpen
      ? { beforeMs: before.ended_at_ms ?? 0, beforeSeq }
      : { beforeMs: Number.MAX_SAFE_INTEGER, beforeSeq: Number.MAX_SAFE_INTEGER }
    return [...open, ...selectEndedOf.all({ slug, limit: left, ...bounds })]
  }

  return {
    list({ slug, before, limit }) {
      const last = before === undefined ? undefined : (selectById.get({ id: before }) ?? undefined)
      if (before !== undefined && last === undefined) return []
      const rows =
        slug === undefined
          ? selectAll.all({ beforeSeq: last?.seq ?? Number.MAX_SAFE_INTEGER, limit })
          : listOf(slug, last, limit)
      return rows.map(requestFrom)
    },
    listOpen: () => selectOpen.all().map(requestFrom),
    listAfter: (seq, limit) => selectAfter.all({ seq, limit }).map((row) => ({ ...requestFrom(row), seq: row.seq })),
    listEndedSince: (atMs, limit) => selectEndedSince.all({ atMs, limit }).map(requestFrom),
    lastSeq: () => selectLast.get()?.seq ?? 0,
    find(id) {
      const row = selectById.get({ id })
      return row ? requestFrom(row) : undefined
    },
  }
}

function requestFrom(row: Row): RequestRow {
  return {
    id: row.id,
    slug: row.slug,
    provider: row.provider,
    model: row.model,
    status: row.status === "cut_short" ? "cut-short" : row.status,
    usage: usageOf(row),
    chargedTokens: row.charged_tokens,
    reservedTokens: row.reserved_tokens,
    estimated: row.estimated === 1,
    startedAtMs: row.started_at_ms,
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
    ...(row.upstream_status === null ? {} : { upstreamStatus: row.upstream_status }),
    ...(row.cost_micro_usd === null ? {} : { costMicroUsd: row.cost_micro_usd }),
  }
}
