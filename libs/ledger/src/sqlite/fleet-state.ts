// Facts from a shared ledger that every process on this host must know: the fleet's calendar, how
// far this host's clock is off, when `total` windows began again.

import type { Database } from "bun:sqlite"
import { type ZoneOffset, zoneOffsetOf } from "@bot-bottle/budget"
import type { Scope } from "@bot-bottle/contracts"

export interface FleetReset {
  /** `""` is every kind, or every provider. */
  readonly scopeKind: Scope["kind"] | ""
  readonly scopeKey: string
  readonly provider: string
  readonly sinceMs: number
}

export interface FleetState {
  offset(): ZoneOffset
  skewMs(): number
  totalSinceMs(scope: Scope, provider: string): number
  get(name: StateName): string | undefined
  /** Inside a write transaction, as the rest. */
  set(name: StateName, value: string | number): void
  /** False when it was known. */
  addReset(reset: FleetReset): boolean
  /** Of the batches that this host sends: later ones have greater numbers. */
  nextPushSeq(atLeast: number): number
}

export type StateName = "time_zone" | "skew_ms" | "push_seq" | "audit_sent" | "adopted"

export function createFleetState(db: Database, hostOffset: ZoneOffset): FleetState {
  const select = db.query<{ value: string }, { name: string }>("SELECT value FROM fleet_state WHERE name = $name")
  const upsert = db.query<null, { name: string; value: string }>(
    "INSERT INTO fleet_state (name, value) VALUES ($name, $value) ON CONFLICT DO UPDATE SET value = excluded.value",
  )
  const selectSince = db.query<{ since: number | null }, { kind: string; key: string; provider: string }>(`
    SELECT max(since_ms) AS since FROM fleet_reset
    WHERE (scope_kind = '' OR (scope_kind = $kind AND scope_key = $key)) AND (provider = '' OR provider = $provider)
  `)
  const upsertReset = db.query<null, { kind: string; key: string; provider: string; sinceMs: number }>(`
    INSERT INTO fleet_reset (scope_kind, scope_key, provider, since_ms) VALUES ($kind, $key, $provider, $sinceMs)
    ON CONFLICT DO UPDATE SET since_ms = excluded.since_ms WHERE since_ms < excluded.since_ms
  `)
  const offsets = new Map<string, ZoneOffset>()

  const get = (name: StateName) => select.get({ name })?.value
  const set = (name: StateName, value: string | number) => void upsert.run({ name, value: String(value) })

  return {
    offset() {
      const zone = get("time_zone")
      if (zone === undefined) return hostOffset
      const known = offsets.get(zone) ?? zoneOffsetOf(zone)
      offsets.set(zone, known)
      return known
    },
    skewMs: () => Number(get("skew_ms") ?? 0),
    totalSinceMs: (scope, provider) => selectSince.get({ kind: scope.kind, key: scope.key, provider })?.since ?? 0,
    get,
    set,
    addReset: ({ scopeKind: kind, scopeKey: key, provider, sinceMs }) =>
      upsertReset.run({ kind, key, provider, sinceMs }).changes > 0,
    nextPushSeq(atLeast) {
      const next = Math.max(Number(get("push_seq") ?? 0), atLeast) + 1
      set("push_seq", next)
      return next
    },
  }
}
