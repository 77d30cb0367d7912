// How many requests a scope has open, and how many it made in the last minute: whether one more may
// leave now.
//
// Open requests are counted with the reservations (spend.ts). The last minute is kept only for scopes with a
// rate, so a run without one writes nothing here. The minute slides. A clock that was set back
// does not make a scope wait: rows of the future do not count.

import type { Database } from "bun:sqlite"
import type { FanOutLimit, Scope } from "@bot-bottle/contracts"
import type { FanOutRefusal } from "../roles/metering.ts"
import type { Spend } from "./spend.ts"

export interface Pace {
  /** The first limit that lets no more leave now; undefined when all do. */
  findRefusal(limits: readonly FanOutLimit[], atMs: number): FanOutRefusal | undefined
  take(requestId: string, limits: readonly FanOutLimit[], microUsd: number, atMs: number): void
  settle(requestId: string, microUsd: number, atMs: number): void
  /** It never left. */
  release(requestId: string): void
}

const MINUTE_MS = 60_000
/** An open request may end at any time. */
const OPEN_RETRY_MS = 1_000

type Where = { kind: string; key: string }

export function createPace(db: Database, spend: Pick<Spend, "openRequests">): Pace {
  const selectNewest = db.query<{ at: number }, Where & { fromMs: number; toMs: number; skip: number }>(`
    SELECT started_at_ms AS at FROM pace
    WHERE scope_kind = $kind AND scope_key = $key AND started_at_ms > $fromMs AND started_at_ms <= $toMs
    ORDER BY started_at_ms DESC LIMIT 1 OFFSET $skip
  `)
  const selectSpent = db.query<{ spent: number | null; first: number | null }, Where & { fromMs: number }>(`
    SELECT sum(micro_usd) AS spent, min(ended_at_ms) AS first FROM pace
    WHERE scope_kind = $kind AND scope_key = $key AND (ended_at_ms IS NULL OR ended_at_ms > $fromMs)
  `)
  const insert = db.query<null, Where & { atMs: number; requestId: string; microUsd: number }>(`
    INSERT INTO pace (scope_kind, scope_key, started_at_ms, request_id, micro_usd)
    VALUES ($kind, $key, $atMs, $requestId, $microUsd) ON CONFLICT DO NOTHING
  `)
  const prune = db.query<null, Where & { fromMs: number }>(`
    DELETE FROM pace
    WHERE scope_kind = $kind AND scope_key = $key AND started_at_ms <= $fromMs AND ended_at_ms <= $fromMs
  `)
  const end = db.query<null, { requestId: string; microUsd: number; atMs: number }>(
    "UPDATE pace SET micro_usd = $microUsd, ended_at_ms = $atMs WHERE request_id = $requestId",
  )
  const remove = db.query<null, { requestId: string }>("DELETE FROM pace WHERE request_id = $requestId")

  function findIn(limit: FanOutLimit, atMs: number): Omit<FanOutRefusal, "scope"> | undefined {
    const { scope, parallel, requestsPerMinute, spendPerMinute } = limit
    const where = whereOf(scope)
    if (parallel !== undefined && spend.openRequests(scope) >= parallel) {
      return { limit: "parallel", most: parallel, retryAfterMs: OPEN_RETRY_MS }
    }
    const fromMs = atMs - MINUTE_MS
    if (requestsPerMinute !== undefined) {
      const found = selectNewest.get({ ...where, fromMs, toMs: atMs, skip: requestsPerMinute - 1 })
      if (found) return { limit: "requests_per_minute", most: requestsPerMinute, retryAfterMs: found.at - fromMs }
    }
    if (spendPerMinute !== undefined) {
      const found = selectSpent.get({ ...where, fromMs })
      if ((found?.spent ?? 0) >= spendPerMinute) {
        const first = found?.first ?? undefined
        const retryAfterMs = first === undefined ? OPEN_RETRY_MS : Math.max(OPEN_RETRY_MS, first - fromMs)
        return { limit: "spend_per_minute", most: spendPerMinute, retryAfterMs }
      }
    }
    return undefined
  }

  return {
    findRefusal(limits, atMs) {
      for (const limit of limits) {
        const found = findIn(limit, atMs)
        if (found !== undefined) return { ...found, scope: limit.scope }
      }
      return undefined
    },
    take(requestId, limits, microUsd, atMs) {
      for (const { scope, requestsPerMinute, spendPerMinute } of limits) {
        if (requestsPerMinute === undefined && spendPerMinute === undefined) continue
        prune.run({ ...whereOf(scope), fromMs: atMs - MINUTE_MS })
        insert.run({ ...whereOf(scope), atMs, requestId, microUsd })
      }
    },
    settle: (requestId, microUsd, atMs) => void end.run({ requestId, microUsd, atMs }),
    release: (requestId) => void remove.run({ requestId }),
  }
}

function whereOf({ kind, key }: Scope): Where {
  return { kind, key }
}
