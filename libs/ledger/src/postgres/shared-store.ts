// The shared ledger's statements: what hosts send, draw and ask, each in one round trip. No
// decision is made here; the functions in migrations/postgres keep the numbers right.

import type { BudgetLimit, HostId, Run, Scope, ScopeKind, Slug, Window } from "@bot-bottle/contracts"
import type { AuditRecord } from "../audit/audit-hash.ts"
import type { AuditHead } from "../roles/enforcement.ts"
import type { HostCommand } from "../roles/fleet.ts"
import { tagOf, type USAGE_KEYS, type UsageKey } from "../roles/metering.ts"
import type { RunQuery } from "../roles/runs.ts"
import type { BlockAsk, BlockOffer } from "../sqlite/blocks.ts"
import type { FleetReset } from "../sqlite/fleet-state.ts"
import type { Connection } from "./connect.ts"
import { type RunRecord, runFromRecord } from "./run-record.ts"

export interface PushAnswer {
  readonly accepted: boolean
  readonly seq: number
  readonly nowMs: number
  readonly timeZone: string | null
  readonly limits: readonly Omit<BudgetLimit, "source">[]
  readonly resets: readonly FleetReset[]
  readonly commands: readonly HostCommand[]
}

export interface DrawAnswer {
  readonly grantedTokens: number
  readonly takenTokens: number
  readonly version: number
  readonly othersUsedTokens: number
  readonly othersUnspentTokens: number
}

/** Everybody listens here; the payload is the host it is for, or what has changed. */
export const NEWS_CHANNEL = "bot_bottle"

export type SharedStore = ReturnType<typeof createSharedStore>

export function createSharedStore({ rows }: Pick<Connection, "rows">, host: HostId) {
  const one = async <T>(text: string, values: readonly unknown[]): Promise<T> => {
    const [row] = await rows<T>(text, values)
    if (row === undefined) throw new Error("The shared ledger gave no row")
    return row
  }
  const keyOf = ({ limit, startMs }: Pick<BlockAsk, "limit" | "startMs">) =>
    [host, limit.scope.kind, limit.scope.key, limit.provider, limit.window, startMs] as const

  return {
    /** Runs when the host first meets this shared ledger. The first host decides the fleet's time zone. */
    async join(timeZone: string): Promise<void> {
      await rows(
        `WITH h AS (INSERT INTO host (id) VALUES ($1) ON CONFLICT DO NOTHING)
         INSERT INTO fleet_setting (name, value) VALUES ('time_zone', $2) ON CONFLICT DO NOTHING`,
        [host, timeZone],
      )
    },

    async push(seq: number, body: string): Promise<PushAnswer> {
      const { answer } = await one<{ answer: PushRow }>("SELECT push_host($1, $2, $3::text::jsonb) AS answer", [
        host,
        seq,
        body,
      ])
      return {
        accepted: answer.accepted,
        seq: answer.seq,
        nowMs: answer.now_ms,
        timeZone: answer.time_zone,
        limits: answer.limits.map(limitFrom),
        resets: answer.resets.map(({ scope_kind, scope_key, provider, since_ms }) => ({
          scopeKind: scope_kind,
          scopeKey: scope_key,
          provider,
          sinceMs: since_ms,
        })),
        commands: answer.commands,
      }
    },

    async draw(ask: BlockAsk): Promise<DrawAnswer> {
      const row = await one<Record<"granted" | "taken" | "version" | "others_used" | "others_unspent", string>>(
        "SELECT * FROM draw_block($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [...keyOf(ask), ask.limit.limitTokens, ask.usedTokens, ask.wantTokens],
      )
      return {
        grantedTokens: Number(row.granted),
        takenTokens: Number(row.taken),
        version: Number(row.version),
        othersUsedTokens: Number(row.others_used),
        othersUnspentTokens: Number(row.others_unspent),
      }
    },

    async giveBack(offer: BlockOffer): Promise<{ grantedTokens: number; version: number }> {
      const row = await one<Record<"granted" | "version", string>>(
        "SELECT * FROM return_block($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
          host,
          offer.scopeKind,
          offer.scopeKey,
          offer.provider,
          offer.window,
          offer.startMs,
          offer.offeredTokens,
          offer.usedTokens,
          offer.version,
        ],
      )
      return { grantedTokens: Number(row.granted), version: Number(row.version) }
    },

    async notify(payload: string): Promise<void> {
      await rows("SELECT pg_notify($1, $2)", [NEWS_CHANNEL, payload])
    },

    /** The tokens that other hosts have used of a shared limit in its window. */
    async othersUsed(limit: BudgetLimit, startMs: number): Promise<number> {
      const { used } = await one<{ used: string }>(
        `SELECT greatest(
          (SELECT coalesce(sum(charged_tokens), 0) FROM scope_usage($2, $3, $4, $6) u WHERE u.host <> $1 AND NOT ($5 = 'total' AND $6::bigint > 0)),
          (SELECT coalesce(sum(h.used_tokens), 0) FROM escrow_host h JOIN escrow e ON e.id = h.escrow_id
            WHERE e.scope_kind = $2 AND e.scope_key = $3 AND e.provider = $4 AND e.limit_window = $5 AND e.start_ms = $6 AND h.host <> $1)
        )::bigint AS used`,
        [...keyOf({ limit, startMs })],
      )
      return Number(used)
    },

    async setLimit(
      { scope, provider, limitTokens, window }: Omit<BudgetLimit, "source">,
      how: "replace" | "adopt",
    ): Promise<void> {
      const conflict =
        how === "adopt"
          ? "DO NOTHING"
          : "(scope_kind, scope_key, provider) DO UPDATE SET limit_tokens = excluded.limit_tokens, limit_window = excluded.limit_window"
      await rows(
        `WITH b AS (INSERT INTO budget VALUES ($1, $2, $3, $4, $5) ON CONFLICT ${conflict} RETURNING 1)
         SELECT pg_notify('${NEWS_CHANNEL}', 'limits') FROM b`,
        [scope.kind, scope.key, provider, limitTokens, window],
      )
    },

    async unsetLimit(scope: Scope, provider: string): Promise<boolean> {
      const gone = await rows(
        `WITH b AS (DELETE FROM budget WHERE scope_kind = $1 AND scope_key = $2 AND provider = $3 RETURNING 1)
         SELECT pg_notify('${NEWS_CHANNEL}', 'limits') FROM b`,
        [scope.kind, scope.key, provider],
      )
      return gone.length > 0
    },

    async reset(scope: Scope | undefined, provider: string | undefined): Promise<number> {
      const { since } = await one<{ since: string }>(
        `WITH r AS (
           INSERT INTO budget_reset VALUES ($1, $2, $3, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
           ON CONFLICT (scope_kind, scope_key, provider) DO UPDATE SET since_ms = greatest(excluded.since_ms, budget_reset.since_ms + 1)
           RETURNING since_ms)
         SELECT since_ms AS since, pg_notify('${NEWS_CHANNEL}', 'limits') FROM r`,
        [scope?.kind ?? "", scope?.key ?? "", provider ?? ""],
      )
      return Number(since)
    },

    async findRun(slug: Slug): Promise<Run | undefined> {
      const [row] = await rows<RunRecord>("SELECT * FROM run WHERE slug = $1 AND host <> $2 LIMIT 1", [slug, host])
      return row && runFromRecord(row)
    },

    /** Of other hosts, newest first. */
    async listRuns({ all, limit }: RunQuery, startedBeforeMs: number): Promise<readonly Run[]> {
      const found = await rows<RunRecord>(
        `SELECT * FROM run WHERE host <> $1 AND started_at_ms <= $2 AND ($3 OR status IN ('running', 'cut', 'frozen'))
         ORDER BY started_at_ms DESC, host, slug LIMIT $4`,
        [host, startedBeforeMs, all, limit ?? 10_000],
      )
      return found.map(runFromRecord)
    },

    /** Of other hosts. Quarters count whole; days are still quarters. */
    async usage(by: UsageKey, sinceMs: number, slug: Slug | undefined): Promise<readonly UsageRecord[]> {
      const tag = tagOf(by)
      const { key, from } = tag === undefined ? USAGE_KEY_SQL[by as keyof typeof USAGE_KEY_SQL] : TAG_SQL
      return await rows<UsageRecord>(
        `SELECT ${key} AS key, ${USAGE_SUMS} FROM usage_quarter u JOIN run r ON r.host = u.host AND r.slug = u.slug ${from}
         WHERE u.host <> $1 AND u.quarter_ms >= $2 - $2::bigint % 900000 AND ($3::text IS NULL OR u.slug = $3) GROUP BY 1`,
        [host, sinceMs, slug ?? null, ...(tag === undefined ? [] : [tag])],
      )
    },

    async listAudit(): Promise<readonly (AuditRecord & { readonly host: HostId })[]> {
      const found = await rows<AuditRecord & { host: HostId }>(
        "SELECT * FROM audit WHERE host <> $1 ORDER BY host, seq",
        [host],
      )
      return found.map((row) => ({ ...row, seq: Number(row.seq), at_ms: Number(row.at_ms) }))
    },

    /** Every host's chain as it was anchored here. */
    async auditHeads(): Promise<ReadonlyMap<HostId, AuditHead>> {
      const found = await rows<{ host: HostId; seq: string; hash: string }>(
        "SELECT host, seq, hash FROM audit_head",
        [],
      )
      return new Map(found.map(({ host: of, seq, hash }) => [of, { seq: Number(seq), hash }]))
    },

    async listHosts(): Promise<readonly { id: HostId; lastSeenMs: number }[]> {
      const found = await rows<{ id: HostId; seen: string }>(
        "SELECT id, (extract(epoch FROM last_seen) * 1000)::bigint AS seen FROM host ORDER BY id",
        [],
      )
      return found.map(({ id, seen }) => ({ id, lastSeenMs: Number(seen) }))
    },
  }
}

/** Sums come as text. */
export type UsageRecord = { readonly key: string } & Readonly<Record<(typeof USAGE_COLUMNS)[number], string>>

const USAGE_COLUMNS = [
  "requests",
  "refused_requests",
  "estimated_requests",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "charged_tokens",
  "cost_micro_usd",
  "unpriced_requests",
] as const
const USAGE_SUMS = USAGE_COLUMNS.map((name) => `sum(u.${name})::bigint AS ${name}`).join(", ")
const TAG_SQL = { key: "coalesce(r.tags ->> $4::text, '')", from: "" }
const USAGE_KEY_SQL: Readonly<
  Record<Exclude<(typeof USAGE_KEYS)[number], "session">, { readonly key: string; readonly from: string }>
> = {
  run: { key: "u.slug", from: "" },
  host: { key: "u.host", from: "" },
  agent: { key: "r.agent", from: "" },
  bottle: { key: "b.value", from: "CROSS JOIN LATERAL jsonb_array_elements_text(r.bottles) AS b (value)" },
  provider: { key: "u.provider", from: "" },
  model: { key: "u.model", from: "" },
  day: { key: "u.quarter_ms::text", from: "" },
}

interface PushRow {
  accepted: boolean
  seq: number
  now_ms: number
  time_zone: string | null
  limits: readonly LimitRow[]
  resets: readonly { scope_kind: ScopeKind | ""; scope_key: string; provider: string; since_ms: number }[]
  commands: readonly HostCommand[]
}

interface LimitRow {
  scope_kind: ScopeKind
  scope_key: string
  provider: string
  limit_tokens: number
  limit_window: Window
}

function limitFrom(row: LimitRow): Omit<BudgetLimit, "source"> {
  const { provider, limit_tokens: limitTokens, limit_window: window } = row
  return { scope: { kind: row.scope_kind, key: row.scope_key }, provider, limitTokens, window }
}
