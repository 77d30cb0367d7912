// Usage by run, agent, bottle, provider, model or day.
//
// Ended requests are summed by quarter of an hour as they end, so that a listing reads a few
// rows per run and not its whole history. A `since` inside a quarter is exact: the part of it
// that counts is read from the requests. Refused requests have no row of their own and count
// from the start of their quarter.

import type { Database } from "bun:sqlite"
import { localDate, type ZoneOffset } from "@bot-bottle/budget"
import type { Usage } from "@bot-bottle/contracts"
import { tagOf, type USAGE_KEYS, type UsageKey, type UsageQuery, type UsageRow } from "../roles/metering.ts"
import { QUARTER_MS } from "./spend.ts"
import { type UsageColumns, usageOf } from "./usage-columns.ts"

export interface UsageTable {
  add(ended: EndedRequest): void
  addRefused(refused: Pick<EndedRequest, "runId" | "provider" | "model" | "atMs">): void
  /** Days in order; everything else by what was charged, most first. */
  list(query: UsageQuery): readonly UsageRow[]
}

export interface EndedRequest {
  readonly runId: number
  readonly provider: string
  readonly model: string
  readonly usage: Usage
  readonly charged: number
  /** Undefined where no price was known. */
  readonly costMicroUsd: number | undefined
  readonly estimated: boolean
  readonly atMs: number
}

/** A type, not an interface: bindings need an index signature. */
type Bounds = { sinceMs: number; wholeFromMs: number; tag?: string }

interface SumRow extends UsageColumns {
  key: string | number
  requests: number
  refused_requests: number
  estimated_requests: number
  charged_tokens: number
  cost_micro_usd: number
  unpriced_requests: number
}

// A day is a matter of the time zone, so SQL groups by quarter and `list` joins quarters.
const KEY_SQL: Readonly<
  Record<Exclude<(typeof USAGE_KEYS)[number], "session">, { readonly key: string; readonly from: string }>
> = {
  run: { key: "run.slug", from: "part JOIN run ON run.id = part.run_id" },
  host: { key: "run.host", from: "part JOIN run ON run.id = part.run_id" },
  agent: { key: "run.agent", from: "part JOIN run ON run.id = part.run_id" },
  bottle: { key: "bottle.value", from: "part JOIN run ON run.id = part.run_id, json_each(run.bottles) bottle" },
  provider: { key: "part.provider", from: "part" },
  model: { key: "part.model", from: "part" },
  day: { key: "part.quarter_ms", from: "part" },
}

const TAG_SQL = {
  key: "coalesce((SELECT tag.value FROM json_each(run.tags) tag WHERE tag.key = $tag), '')",
  from: "part JOIN run ON run.id = part.run_id",
}

function keySql(by: UsageKey) {
  return isPlainKey(by) ? KEY_SQL[by] : TAG_SQL
}

function isPlainKey(by: UsageKey): by is keyof typeof KEY_SQL {
  return Object.hasOwn(KEY_SQL, by)
}

const TOKENS = "input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, charged_tokens"
/** As they stand behind the others in `usage_quarter`. */
const COST = "cost_micro_usd, unpriced_requests"

export function createUsageTable(db: Database, offset: ZoneOffset): UsageTable {
  const addEnded = db.query<null, Record<string, string | number>>(`
    INSERT INTO usage_quarter (run_id, provider, model, quarter_ms, requests, estimated_requests, ${TOKENS}, ${COST})
    VALUES ($runId, $provider, $model, $quarterMs, 1, $estimated, $inputTokens, $cacheReadTokens, $cacheWriteTokens,
      $outputTokens, $reasoningTokens, $charged, $cost, $unpriced)
    ON CONFLICT DO UPDATE SET
      requests = requests + 1,
      estimated_requests = estimated_requests + excluded.estimated_requests,
      input_tokens = input_tokens + excluded.input_tokens,
      cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
      cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
      output_tokens = output_tokens + excluded.output_tokens,
      reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
      charged_tokens = charged_tokens + excluded.charged_tokens,
      cost_micro_usd = cost_micro_usd + excluded.cost_micro_usd,
      unpriced_requests = unpriced_requests + excluded.unpriced_requests
  `)
  const addRefused = db.query<null, { runId: number; provider: string; model: string; quarterMs: number }>(`
    INSERT INTO usage_quarter (run_id, provider, model, quarter_ms, refused_requests)
    VALUES ($runId, $provider, $model, $quarterMs, 1)
    ON CONFLICT DO UPDATE SET refused_requests = refused_requests + 1
  `)

  // Sessions have no sums: a request's client names one or not, and few ask. The requests themselves are read.
  function listSessions(sinceMs = 0, slug: string | null = null): readonly UsageRow[] {
    const rows = db
      .query<SumRow & { parent: string | null; slug: string }, { sinceMs: number; slug: string | null }>(`
        SELECT coalesce(session, '') AS key, max(parent_session) AS parent, run.slug,
          count(*) AS requests, 0 AS refused_requests, sum(estimated) AS estimated_requests,
          ${TOKENS.split(", ")
            .map((column) => `sum(${column}) AS ${column}`)
            .join(", ")},
          coalesce(sum(cost_micro_usd), 0) AS cost_micro_usd, sum(cost_micro_usd IS NULL) AS unpriced_requests
        FROM request JOIN run ON run.id = request.run_id
        WHERE request.ended_at_ms >= $sinceMs AND ($slug IS NULL OR run.slug = $slug)
        GROUP BY run.id, session ORDER BY charged_tokens DESC, 1`)
      .all({ sinceMs, slug: slug ?? null })
    return rows.map((row) => ({
      ...usageRowFrom(String(row.key), row),
      session: { parent: row.parent ?? undefined, run: row.slug },
    }))
  }

  return {
    add({ usage, charged, costMicroUsd, estimated, atMs, ...where }) {
      const cost = { cost: costMicroUsd ?? 0, unpriced: costMicroUsd === undefined ? 1 : 0 }
      addEnded.run({ ...where, ...usage, charged, ...cost, estimated: estimated ? 1 : 0, quarterMs: quarterOf(atMs) })
    },
    addRefused: ({ atMs, ...where }) => void addRefused.run({ ...where, quarterMs: quarterOf(atMs) }),
    list({ by, sinceMs, slug }) {
      if (by === "session") return listSessions(sinceMs, slug)
      const tag = tagOf(by)
      const bounds = { ...boundsOf(sinceMs), ...(tag !== undefined && { tag }) }
      const rows =
        slug === undefined
          ? db.query<SumRow, Bounds>(listSql(by, "")).all(bounds)
          : db.query<SumRow, Bounds & { slug: string }>(listSql(by, OF_RUN)).all({ ...bounds, slug })
      return by === "day" ? joinDays(rows, offset) : rows.map((row) => usageRowFrom(String(row.key), row))
    },
  }
}

const OF_RUN = "AND run_id = (SELECT id FROM run WHERE slug = $slug)"

function listSql(by: UsageKey, only: "" | typeof OF_RUN): string {
  const { key, from } = keySql(by)
  const sums = ["requests", "refused_requests", "estimated_requests", ...TOKENS.split(", "), ...COST.split(", ")]
  return `
    WITH part AS (
      SELECT * FROM usage_quarter WHERE quarter_ms >= $wholeFromMs ${only}
      UNION ALL
      SELECT run_id, provider, model, ended_at_ms - ended_at_ms % ${QUARTER_MS}, 1, 0, estimated, ${TOKENS},
        coalesce(cost_micro_usd, 0), cost_micro_usd IS NULL
      FROM request WHERE ended_at_ms >= $sinceMs AND ended_at_ms < $wholeFromMs ${only}
      UNION ALL
      SELECT run_id, provider, model, quarter_ms, 0, refused_requests, 0, 0, 0, 0, 0, 0, 0, 0, 0
      FROM usage_quarter WHERE quarter_ms >= $sinceMs - ${QUARTER_MS} + 1 AND quarter_ms < $wholeFromMs ${only}
    )
    SELECT ${key} AS key, ${sums.map((column) => `sum(part.${column}) AS ${column}`).join(", ")}
    FROM ${from} GROUP BY 1 ORDER BY ${by === "day" ? "1" : "charged_tokens DESC, 1"}`
}

/** Quarters count whole from `wholeFromMs`; before it, requests count one by one from `sinceMs`. */
function boundsOf(sinceMs = 0): Bounds {
  return { sinceMs, wholeFromMs: Math.ceil(sinceMs / QUARTER_MS) * QUARTER_MS }
}

function quarterOf(atMs: number): number {
  return atMs - (atMs % QUARTER_MS)
}

function joinDays(rows: readonly SumRow[], offset: ZoneOffset): readonly UsageRow[] {
  const days = new Map<string, SumRow>()
  for (const row of rows) {
    const day = localDate(Number(row.key), offset)
    const sum = days.get(day)
    days.set(day, sum ? addRows(sum, row) : row)
  }
  return [...days].map(([day, sum]) => usageRowFrom(day, sum))
}

function addRows(a: SumRow, b: SumRow): SumRow {
  return {
    key: a.key,
    requests: a.requests + b.requests,
    refused_requests: a.refused_requests + b.refused_requests,
    estimated_requests: a.estimated_requests + b.estimated_requests,
    input_tokens: a.input_tokens + b.input_tokens,
    cache_read_tokens: a.cache_read_tokens + b.cache_read_tokens,
    cache_write_tokens: a.cache_write_tokens + b.cache_write_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    reasoning_tokens: a.reasoning_tokens + b.reasoning_tokens,
    charged_tokens: a.charged_tokens + b.charged_tokens,
    cost_micro_usd: a.cost_micro_usd + b.cost_micro_usd,
    unpriced_requests: a.unpriced_requests + b.unpriced_requests,
  }
}

function usageRowFrom(key: string, row: SumRow): UsageRow {
  return {
    key,
    requests: row.requests,
    refusedRequests: row.refused_requests,
    estimatedRequests: row.estimated_requests,
    usage: usageOf(row),
    chargedTokens: row.charged_tokens,
    costMicroUsd: row.cost_micro_usd,
    unpricedRequests: row.unpriced_requests,
  }
}
