// Runs: what was launched, by whom it is driven, how it ended.

import type { Database } from "bun:sqlite"
import {
  asList,
  asObject,
  type HostId,
  type NewRun,
  type ProcessIdentity,
  parseJson,
  type Run,
  type RunStatus,
  type ShutdownPolicy,
  type Slug,
  type Tags,
} from "@bot-bottle/contracts"
import type { RunChange, RunQuery, SeenRun } from "../roles/runs.ts"

export interface Runs {
  create(run: NewRun): void
  attachProxy(slug: Slug, proxy: ProcessIdentity): void
  /** False, changing nothing, when launcher or status are no longer what was seen. */
  updateAsSeen(seen: SeenRun, change: RunChange): boolean
  /** Throws when there is no such run. */
  tag(slug: Slug, tags: Tags): void
  find(slug: Slug): Run | undefined
  list(query: RunQuery): readonly Run[]
  countPast(): number
  /** Throws when there is no such run. */
  loadId(slug: Slug): number
  loadSlug(id: number): Slug
}

export interface RunRow {
  slug: string
  host: HostId
  label: string
  color: string
  agent: string
  bottles: string
  ancestors: string
  meters: string
  provider: string
  backend: string
  policy: ShutdownPolicy
  tags: string
  status: RunStatus
  started_at_ms: number
  ended_at_ms: number | null
  exit_code: number | null
  end_reason: string | null
  launcher: ProcessIdentity
  proxy: ProcessIdentity | null
}

export function createRuns(db: Database, host: HostId): Runs {
  const insertRun = db.query<null, Record<string, string | number | null>>(`
    INSERT INTO run (slug, host, label, color, agent, bottles, ancestors, meters, provider, backend, policy, tags, status,
      started_at_ms, ended_at_ms, exit_code, end_reason, launcher, proxy)
    VALUES ($slug, $host, $label, $color, $agent, $bottles, $ancestors, $meters, $provider, $backend, $policy, $tags, $status,
      $startedAtMs, $endedAtMs, $exitCode, $endReason, $launcher, $proxy)
  `)
  const setProxy = db.query<null, { slug: string; proxy: string }>("UPDATE run SET proxy = $proxy WHERE slug = $slug")
  const addTags = db.query<null, { slug: string; tags: string }>(
    "UPDATE run SET tags = json_patch(tags, $tags) WHERE slug = $slug",
  )
  // A run that runs again, or was frozen to be resumed, has not ended.
  const updateRun = db.query<null, Record<string, string | number | null>>(`
    UPDATE run SET
      status = coalesce($status, status),
      launcher = coalesce($launcher, launcher),
      policy = coalesce($policy, policy),
      meters = coalesce($meters, meters),
      ancestors = coalesce($ancestors, ancestors),
      ended_at_ms = CASE WHEN $status IN ('running', 'frozen') THEN $endedAtMs ELSE coalesce($endedAtMs, ended_at_ms) END,
      exit_code = CASE WHEN $status IN ('running', 'frozen') THEN $exitCode ELSE coalesce($exitCode, exit_code) END,
      end_reason = CASE WHEN $status IN ('running', 'frozen') THEN $endReason ELSE coalesce($endReason, end_reason) END
    WHERE slug = $slug AND status = $seenStatus AND launcher = coalesce($seenLauncher, launcher)
  `)
  const selectRun = db.query<RunRow, { slug: string }>("SELECT * FROM run WHERE slug = $slug")
  const selectId = db.query<{ id: number }, { slug: string }>("SELECT id FROM run WHERE slug = $slug")
  const selectSlug = db.query<{ slug: Slug }, { id: number }>("SELECT slug FROM run WHERE id = $id")
  const pageOf = (which: string) =>
    db.query<RunRow, { before: string | null; limit: number }>(`
      SELECT * FROM run
      WHERE ${which} AND ($before IS NULL OR (started_at_ms, id) < (SELECT started_at_ms, id FROM run WHERE slug = $before))
      ORDER BY started_at_ms DESC, id DESC LIMIT $limit`)
  const selectAll = pageOf("true")
  const selectLive = pageOf("status IN ('running', 'cut', 'frozen')")

  const countPast = db.query<{ count: number }, []>(
    "SELECT count(*) AS count FROM run WHERE status IN ('ended', 'killed')",
  )

  function mustExist(slug: Slug, { changes }: { changes: number }): void {
    if (changes === 0) throw new Error(`Run ${slug} is not in the ledger`)
  }

  return {
    create(run) {
      if (selectId.get({ slug: run.slug })) throw new Error(`Run ${run.slug} is in the ledger already`)
      insertRun.run({
        ...run,
        host,
        bottles: JSON.stringify(run.bottles),
        ancestors: JSON.stringify(run.ancestors),
        meters: JSON.stringify(run.meters),
        tags: JSON.stringify(run.tags),
        endedAtMs: run.endedAtMs ?? null,
        exitCode: run.exitCode ?? null,
        endReason: run.endReason ?? null,
        proxy: run.proxy ?? null,
      })
    },
    attachProxy: (slug, proxy) => mustExist(slug, setProxy.run({ slug, proxy })),
    updateAsSeen({ slug, launcher, status: seenStatus }, change) {
      const seenLauncher = launcher === "any" ? null : launcher
      return updateRun.run({ ...columnsOf(change), slug, seenLauncher, seenStatus }).changes > 0
    },
    tag: (slug, tags) => mustExist(slug, addTags.run({ slug, tags: JSON.stringify(tags) })),
    find(slug) {
      const row = selectRun.get({ slug })
      return row ? runFrom(row) : undefined
    },
    list({ all, before = null, limit = -1 }) {
      return (all ? selectAll : selectLive).all({ before, limit }).map(runFrom)
    },
    countPast: () => countPast.get()?.count ?? 0,
    loadId(slug) {
      const row = selectId.get({ slug })
      if (!row) throw new Error(`Run ${slug} is not in the ledger`)
      return row.id
    },
    loadSlug(id) {
      const row = selectSlug.get({ id })
      if (!row) throw new Error(`Run ${id} is not in the ledger`)
      return row.slug
    },
  }
}

/** Null leaves a column as it is. */
function columnsOf(change: RunChange): Record<string, string | number | null> {
  const list = (names: readonly string[] | undefined) => (names === undefined ? null : JSON.stringify(names))
  return {
    status: change.status ?? null,
    launcher: change.launcher ?? null,
    endedAtMs: change.endedAtMs ?? null,
    exitCode: change.exitCode ?? null,
    endReason: change.endReason ?? null,
    policy: change.policy ?? null,
    meters: list(change.meters),
    ancestors: list(change.ancestors),
  }
}

function runFrom(row: RunRow): Run {
  return {
    slug: row.slug,
    host: row.host,
    label: row.label,
    color: row.color,
    agent: row.agent,
    bottles: parseNames(row.bottles),
    ancestors: parseNames(row.ancestors),
    provider: row.provider,
    meters: parseNames(row.meters),
    backend: row.backend,
    policy: row.policy,
    tags: parseTagColumn(row.tags),
    status: row.status,
    startedAtMs: row.started_at_ms,
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
    ...(row.exit_code === null ? {} : { exitCode: row.exit_code }),
    ...(row.end_reason === null ? {} : { endReason: row.end_reason }),
    launcher: row.launcher,
    ...(row.proxy === null ? {} : { proxy: row.proxy }),
  }
}

function parseTagColumn(text: string): Tags {
  const found = Object.entries(asObject(parseJson(text)) ?? {})
  return Object.fromEntries(found.filter((entry): entry is [string, string] => typeof entry[1] === "string"))
}

/** A column that this module wrote. */
function parseNames(text: string): readonly string[] {
  return asList(parseJson(text)).filter((name) => typeof name === "string")
}
