// The issues that hosts keep together, as rows of the shared ledger. Each method is one statement, so an issue is
// never half taken. The database's clock alone decides which lease is over and which host is gone.

import type { HostId } from "@bot-bottle/contracts"
import type { HeldIssue, IssueLease, IssueName, IssueQueue, IssueRow } from "../roles/issues.ts"
import type { Connection } from "./connect.ts"

/** Longer than a machine takes to restart: that is not worth a comment. */
const GONE_S = 60

export interface IssueQueueOptions {
  readonly rows: Connection["rows"]
  readonly host: HostId
  readonly ready: () => Promise<void>
}

interface Row {
  repository: string
  number: string
  lease: string
  asked: string
  record: string | null
  host: HostId | null
  seen_ms: string | null
  is_gone: boolean
}

/** The first four values are always these. */
const MINE = "repository = $1 AND number = $2 AND holder = $3 AND lease = $4"
/** For a statement of several parts. It is locked first, so that all of them see it as it is and not as it was. */
const HELD = `SELECT * FROM forge_issue WHERE ${MINE} FOR UPDATE`
const IS_HELD = "i.repository = held.repository AND i.number = held.number"
const GONE = `forge_seen(i.host, i.repository) < clock_timestamp() - interval '${GONE_S} seconds'`
const GONE_HOST = `(i.host IS NOT NULL AND ${GONE})`
/** Living hosts that run issues and have not passed this one on, but for one of them. */
const OTHERS = (but: string) => `(SELECT 1 FROM forge_server s WHERE s.repository = i.repository AND s.runs_issues
  AND s.host <> ${but} AND NOT i.passed_by ? s.host AND s.seen_at > clock_timestamp() - interval '${GONE_S} seconds')`
const NAMES = (values: string) => `(SELECT jsonb_array_elements_text(${values}::text::jsonb))`
const SEEN_MS = "(CASE WHEN isfinite(seen) THEN (extract(epoch FROM seen) * 1000)::bigint END)"

export function createIssueQueue({ rows, host, ready }: IssueQueueOptions): IssueQueue {
  const ask = async <T>(text: string, values: readonly unknown[]): Promise<readonly T[]> => {
    await ready()
    return rows<T>(text, values)
  }
  const mine = ({ repository, number, lease }: IssueLease) => [repository, number, host, lease]

  return {
    async ask(issues, when) {
      const soon =
        when === "now"
          ? "asked = i.asked + 1, needs_room = false, passed_by = '[]', due_at = least(i.due_at, excluded.due_at)"
          : "due_at = coalesce(i.due_at, excluded.due_at)"
      await ask(
        `INSERT INTO forge_issue AS i (repository, number, due_at)
         SELECT n.repository, n.number, clock_timestamp()
         FROM jsonb_to_recordset($1::text::jsonb) AS n (repository text, number bigint) GROUP BY 1, 2 ORDER BY 1, 2
         ON CONFLICT (repository, number) DO UPDATE SET ${soon}`,
        [JSON.stringify(issues.map(({ repository, number }) => ({ repository, number })))],
      )
    },

    async take({ repositories, hasRoom, runsIssues, leaseMs }) {
      const [row] = await ask<Row>(
        `WITH next AS (
           SELECT i.repository, i.number, forge_seen(i.host, i.repository) AS seen FROM forge_issue i
           WHERE i.due_at <= clock_timestamp() AND (i.lease_until IS NULL OR i.lease_until < clock_timestamp())
             AND i.repository IN ${NAMES("$2")} AND ($3 OR NOT i.needs_room) AND (NOT i.passed_by ? $1 OR NOT EXISTS ${OTHERS("$1")})
             AND ((i.host IS NULL AND $5) OR i.host = $1 OR ${GONE_HOST})
           ORDER BY i.due_at, i.number LIMIT 1 FOR UPDATE OF i SKIP LOCKED)
         UPDATE forge_issue i SET holder = $1, lease = nextval('forge_lease'),
           lease_until = clock_timestamp() + $4 * interval '1 millisecond'
         FROM next WHERE i.repository = next.repository AND i.number = next.number
         RETURNING i.repository, i.number, i.lease, i.asked, i.record, i.host, ${SEEN_MS} AS seen_ms`,
        [host, JSON.stringify(repositories), hasRoom, leaseMs, runsIssues],
      )
      return row && heldFrom(row, host)
    },

    async keep(lease, leaseMs) {
      const kept = await ask(
        `UPDATE forge_issue SET lease_until = clock_timestamp() + $5 * interval '1 millisecond' WHERE ${MINE} RETURNING 1`,
        [...mine(lease), leaseMs],
      )
      return kept.length > 0
    },

    async write(lease, { text, status, pullRequest }) {
      const written = await ask(
        `UPDATE forge_issue SET record = $5, status = $6, pull_request = $7, host = $3, is_told = false
         WHERE ${MINE} RETURNING 1`,
        [...mine(lease), text, status, pullRequest],
      )
      return written.length > 0
    },

    async adopt({ repository, number }, { text, status, pullRequest }) {
      const adopted = await ask(
        `INSERT INTO forge_issue AS i (repository, number, record, status, pull_request, host, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp())
         ON CONFLICT (repository, number) DO UPDATE SET record = excluded.record, status = excluded.status,
           pull_request = excluded.pull_request, host = excluded.host
         WHERE (i.record IS NULL AND (i.lease_until IS NULL OR i.lease_until < clock_timestamp()))
           OR (i.host = excluded.host AND i.record = excluded.record) RETURNING 1`,
        [repository, number, text, status, pullRequest, host],
      )
      return adopted.length > 0
    },

    async forget(lease) {
      const forgotten = await ask(
        `WITH held AS (${HELD}), orphan AS (
           INSERT INTO forge_orphan (host, repository, number, record)
           SELECT host, repository, number, record FROM held WHERE host <> $3 AND status <> 'destroyed')
         UPDATE forge_issue i SET record = NULL, status = NULL, pull_request = NULL, host = NULL, is_told = false
         FROM held WHERE ${IS_HELD} RETURNING 1`,
        mine(lease),
      )
      return forgotten.length > 0
    },

    async passOn(lease) {
      const [row] = await ask<{ is_last: boolean }>(
        `WITH other AS (
           SELECT EXISTS ${OTHERS("$3")} AS is_there FROM forge_issue i WHERE i.repository = $1 AND i.number = $2)
         UPDATE forge_issue SET passed_by = CASE WHEN is_there THEN passed_by || to_jsonb($3::text) ELSE '[]' END,
           lease_until = CASE WHEN is_there THEN clock_timestamp() ELSE lease_until END,
           holder = CASE WHEN is_there THEN NULL ELSE holder END
         FROM other WHERE ${MINE} RETURNING NOT is_there AS is_last`,
        mine(lease),
      )
      if (row === undefined) return "lost"
      return row.is_last ? "last" : "passed"
    },

    async release(lease, end) {
      const values = [...mine(lease), lease.asked, end.next, end.next === "again" ? end.afterMs : 0]
      // A row that says nothing is not kept: every issue and pull request of a repository is looked at once.
      const released = await ask(
        `WITH held AS (${HELD}), is_empty AS (
           SELECT FROM held WHERE record IS NULL AND asked = $5 AND $6 IN ('nothing', 'told')),
         over AS (
           DELETE FROM forge_issue i USING held WHERE ${IS_HELD} AND EXISTS (SELECT FROM is_empty) RETURNING 1),
         ended AS (
           UPDATE forge_issue i SET holder = NULL, lease_until = NULL,
             due_at = CASE WHEN held.asked <> $5 OR $6 = 'needs-room' THEN clock_timestamp()
               WHEN $6 = 'again' THEN clock_timestamp() + $7 * interval '1 millisecond' END,
             needs_room = ($6 = 'needs-room' AND held.asked = $5), is_told = i.is_told OR $6 = 'told'
           FROM held WHERE ${IS_HELD} AND NOT EXISTS (SELECT FROM is_empty) RETURNING 1)
         SELECT 1 FROM over UNION ALL SELECT 1 FROM ended`,
        values,
      )
      return released.length > 0
    },

    async find({ repository, number }) {
      const [row] = await ask<Row>(
        `SELECT i.*, ${GONE} AS is_gone FROM forge_issue i WHERE repository = $1 AND number = $2 AND record IS NOT NULL`,
        [repository, number],
      )
      return row && rowFrom(row)
    },

    async list(which) {
      const found = await ask<Row>(
        `SELECT i.*, ${GONE} AS is_gone FROM forge_issue i
         WHERE record IS NOT NULL AND ($1 OR (host = $2 AND status = 'running')) ORDER BY repository, number`,
        [which === "all", host],
      )
      return found.map(rowFrom)
    },

    async findByPullRequest({ repository, number }) {
      const [row] = await ask<{ number: string }>(
        "SELECT number FROM forge_issue WHERE repository = $1 AND pull_request = $2 ORDER BY number DESC LIMIT 1",
        [repository, number],
      )
      return row && Number(row.number)
    },

    // Another statement may hold several of these rows: it is not waited for, the next beat meets what is left.
    async beat({ repositories, runsIssues }) {
      await ask(
        `WITH alive AS (
           INSERT INTO forge_server (host, repository, seen_at, runs_issues)
           SELECT $1, r, clock_timestamp(), $3 FROM ${NAMES("$2")} AS n (r)
           ON CONFLICT (host, repository) DO UPDATE SET seen_at = excluded.seen_at, runs_issues = excluded.runs_issues),
         gone AS (
           SELECT i.repository, i.number FROM forge_issue i
           WHERE due_at IS NULL AND status = 'running' AND NOT is_told AND host <> $1 AND repository IN ${NAMES("$2")}
             AND ${GONE} FOR UPDATE SKIP LOCKED)
         UPDATE forge_issue i SET due_at = clock_timestamp() FROM gone
         WHERE i.repository = gone.repository AND i.number = gone.number`,
        [host, JSON.stringify(repositories), runsIssues],
      )
    },

    async listOrphans() {
      const found = await ask<Row & { id: string; record: string }>(
        "SELECT id, repository, number, record FROM forge_orphan WHERE host = $1 ORDER BY id",
        [host],
      )
      return found.map(({ id, record, ...row }) => ({ id: Number(id), ...nameOf(row), record }))
    },

    async dropOrphan(id) {
      await ask("DELETE FROM forge_orphan WHERE id = $1 AND host = $2", [id, host])
    },
  }
}

function nameOf({ repository, number }: Pick<Row, "repository" | "number">): IssueName {
  return { repository, number: Number(number) }
}

function heldFrom(row: Row, own: HostId): HeldIssue {
  return {
    ...nameOf(row),
    lease: Number(row.lease),
    asked: Number(row.asked),
    record: row.record ?? undefined,
    stranded:
      row.host === null || row.host === own
        ? undefined
        : { host: row.host, seenAtMs: row.seen_ms === null ? undefined : Number(row.seen_ms) },
  }
}

function rowFrom(row: Row): IssueRow {
  // A record and the host that it is bound to are written together.
  return { ...nameOf(row), record: row.record ?? "", host: row.host ?? ("" as HostId), isHostGone: row.is_gone }
}
