// The queue as rows of the shared ledger. Each method is one statement, so a job is never half
// taken. Leases are measured by the database's clock alone: no host's clock counts.

import type { HostId } from "@bot-bottle/contracts"
import type { JobQueue, JobRow, Labels } from "../roles/jobs.ts"
import type { Connection } from "./connect.ts"

interface Row {
  id: string
  order: string
  wants: Labels
  actor: string
  state: JobRow["state"]
  host: HostId | null
  attempts: number
  slug: string | null
  exit_code: number | null
  error: string | null
  queued_at_ms: string
}

export interface JobQueueOptions {
  readonly rows: Connection["rows"]
  readonly host: HostId
  readonly ready: () => Promise<void>
}

const MINE = "id = $1 AND attempts = $2 AND host = $3 AND state = 'running'"

export function createJobQueue({ rows, host, ready }: JobQueueOptions): JobQueue {
  const ask = async <T>(text: string, values: readonly unknown[]): Promise<readonly T[]> => {
    await ready()
    return rows<T>(text, values)
  }
  return {
    async put({ order, wants, actor }) {
      const [row] = await ask<{ id: string }>(
        `INSERT INTO job ("order", wants, actor) VALUES ($1, $2::text::jsonb, $3) RETURNING id`,
        [order, JSON.stringify(wants), actor],
      )
      return Number(row?.id)
    },

    async take({ labels, leaseMs }) {
      const [row] = await ask<Row>(
        `WITH next AS (
           SELECT id FROM job
           WHERE (state = 'queued' OR (state = 'running' AND lease_until < clock_timestamp())) AND wants <@ $2::text::jsonb
           ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
         UPDATE job SET state = 'running', host = $1, attempts = attempts + 1, slug = NULL,
           lease_until = clock_timestamp() + $3 * interval '1 millisecond'
         FROM next WHERE job.id = next.id
         RETURNING job.id, job."order", job.wants, job.actor, job.attempts`,
        [host, JSON.stringify(labels), leaseMs],
      )
      if (row === undefined) return undefined
      return { id: Number(row.id), attempt: row.attempts, order: row.order, wants: row.wants, actor: row.actor }
    },

    async keep({ id, attempt }, { leaseMs, slug }) {
      const kept = await ask(
        `UPDATE job SET lease_until = clock_timestamp() + $4 * interval '1 millisecond', slug = coalesce($5, slug)
         WHERE ${MINE} RETURNING id`,
        [id, attempt, host, leaseMs, slug ?? null],
      )
      return kept.length > 0
    },

    async end({ id, attempt }, outcome) {
      const ended = await ask(
        `UPDATE job SET state = $4, exit_code = $5, error = $6, slug = coalesce($7, slug), ended_at = now() WHERE ${MINE} RETURNING id`,
        [
          id,
          attempt,
          host,
          outcome.outcome,
          outcome.outcome === "done" ? outcome.exitCode : null,
          outcome.outcome === "failed" ? outcome.error : null,
          // A short run ends before a renewal has told of it.
          outcome.outcome === "done" ? outcome.slug : null,
        ],
      )
      return ended.length > 0
    },

    async cancel(id) {
      const cancelled = await ask(
        "UPDATE job SET state = 'cancelled', ended_at = now() WHERE id = $1 AND state = 'queued' RETURNING id",
        [id],
      )
      return cancelled.length > 0
    },

    async list({ limit }) {
      const found = await ask<Row>(
        `SELECT *, (extract(epoch FROM queued_at) * 1000)::bigint AS queued_at_ms FROM job ORDER BY id DESC LIMIT $1`,
        [limit],
      )
      return found.map(jobFrom)
    },
  }
}

function jobFrom(row: Row): JobRow {
  return {
    id: Number(row.id),
    attempt: row.attempts,
    wants: row.wants,
    actor: row.actor,
    state: row.state,
    ...(row.host === null ? {} : { host: row.host }),
    ...(row.slug === null ? {} : { slug: row.slug }),
    ...(row.exit_code === null ? {} : { exitCode: row.exit_code }),
    ...(row.error === null ? {} : { error: row.error }),
    queuedAtMs: Number(row.queued_at_ms),
  }
}
