// Blocks: what this host may spend of a limit that it shares with other hosts.
//
// A shared limit is not compared with this host's spending: the host draws a block of what the
// limit has left, and a reservation must fit into the block. The shared ledger never grants more
// than the limit, so no host needs to know what the others spend.
//
//   INV-5  The blocks of a shared limit never exceed it. A host reserves from its own block only, and
//          counts a block's tokens as gone before it offers them back.

import type { Database } from "bun:sqlite"
import { windowStartMs } from "@bot-bottle/budget"
import { type BudgetLimit, type Scope, type ScopeKind, USD, type Window } from "@bot-bottle/contracts"
import type { FleetReset, FleetState } from "./fleet-state.ts"
import type { Amounts, Counter, CounterIds, Spend } from "./spend.ts"

/** Scopes whose runs may be on several hosts. */
const SHARED_KINDS: readonly ScopeKind[] = ["agent", "bottle", "fleet"]

export interface Block {
  readonly startMs: number
  readonly grantedTokens: number
  readonly usedTokens: number
  readonly returningTokens: number
  readonly othersUsedTokens: number
  readonly version: number
}

/** The tokens to request from the shared ledger. */
export interface BlockAsk {
  readonly limit: BudgetLimit
  readonly startMs: number
  readonly usedTokens: number
  readonly wantTokens: number
}

export interface BlockAnswer {
  readonly grantedTokens: number
  readonly othersUsedTokens: number
  readonly version: number
}

export interface Blocks {
  isShared(limit: Pick<BudgetLimit, "scope">): boolean
  /** Where the window began, by the fleet's calendar and clock. */
  startMs(of: Pick<Counter, "scope" | "provider">, window: Window): number
  /** Used by the whole fleet, as far as this host knows; left for a new reservation here, without a question. */
  measure(counter: Counter, window: Window): { readonly usedTokens: number; readonly leftTokens: number }
  ask(limit: BudgetLimit, counter: Counter, wantTokens: number): BlockAsk
  /** Inside a write transaction. An answer older than the one that stands is ignored. */
  apply(ask: BlockAsk, answer: BlockAnswer): void
  settle(ids: CounterIds, charged: Amounts): void
  /** Inside a write transaction: sets aside what is unused, to be returned. */
  offer(): readonly BlockOffer[]
  /** Inside a write transaction: the shared ledger's answer to an offer. */
  returned(offer: BlockOffer, answer: Pick<BlockAnswer, "grantedTokens" | "version">): void
  /** Inside the write transaction that takes in a reset: the `total` window has begun again. */
  drop(reset: FleetReset): void
  list(): readonly BlockRow[]
}

export interface BlockRow extends Block {
  readonly spendId: number
  readonly scopeKind: ScopeKind
  readonly scopeKey: string
  readonly provider: string
  readonly window: Window
}

export interface BlockOffer extends BlockRow {
  readonly offeredTokens: number
}

export interface BlocksOptions {
  readonly spend: Spend
  readonly state: FleetState
  readonly nowMs: () => number
}

interface Row {
  start_ms: number
  granted_tokens: number
  used_tokens: number
  returning_tokens: number
  others_used_tokens: number
  version: number
}

export function createBlocks(db: Database, { spend, state, nowMs }: BlocksOptions): Blocks {
  type Key = { id: number; window: string }
  const select = db.query<Row, Key>("SELECT * FROM block WHERE spend_id = $id AND limit_window = $window")
  const dropTotal = db.query<null, { kind: string; key: string; provider: string }>(`
    DELETE FROM block WHERE limit_window = 'total' AND spend_id IN (
      SELECT id FROM spend
      WHERE ($kind = '' OR (scope_kind = $kind AND scope_key = $key)) AND ($provider = '' OR provider = $provider))
  `)
  const upsert = db.query<null, Key & Record<string, string | number>>(`
    INSERT INTO block (spend_id, limit_window, start_ms, granted_tokens, used_tokens, others_used_tokens, version)
    VALUES ($id, $window, $startMs, $granted, $used, $othersUsed, $version)
    ON CONFLICT DO UPDATE SET
      granted_tokens = excluded.granted_tokens,
      used_tokens = CASE WHEN block.start_ms = excluded.start_ms THEN block.used_tokens ELSE excluded.used_tokens END,
      returning_tokens = CASE WHEN block.start_ms = excluded.start_ms THEN block.returning_tokens ELSE 0 END,
      others_used_tokens = excluded.others_used_tokens, start_ms = excluded.start_ms, version = excluded.version
    WHERE block.start_ms < excluded.start_ms OR (block.start_ms = excluded.start_ms AND block.version < excluded.version)
  `)
  const addUsed = db.query<null, { ids: string; tokens: number }>(`
    UPDATE block SET used_tokens = used_tokens + $tokens WHERE spend_id IN (SELECT value FROM json_each($ids))
  `)
  const addUsedMoney = db.query<null, { ids: string; microUsd: number }>(`
    UPDATE block SET used_tokens = used_tokens + $microUsd WHERE spend_id IN (
      SELECT money.id FROM spend money JOIN spend moved USING (scope_kind, scope_key)
      WHERE money.provider = '${USD}' AND moved.id IN (SELECT value FROM json_each($ids)))
  `)
  const selectAll = db.query<
    Row & {
      spend_id: number
      limit_window: Window
      scope_kind: ScopeKind
      scope_key: string
      provider: string
      reserved_tokens: number
    },
    []
  >(`
    SELECT block.*, scope_kind, scope_key, provider, CASE provider
      WHEN '${USD}' THEN (SELECT sum(reserved_micro_usd) FROM spend one
        WHERE one.scope_kind = spend.scope_kind AND one.scope_key = spend.scope_key)
      ELSE reserved_tokens END AS reserved_tokens
    FROM block JOIN spend ON spend.id = block.spend_id
  `)
  const setReturning = db.query<null, Key & { tokens: number }>(
    "UPDATE block SET returning_tokens = $tokens WHERE spend_id = $id AND limit_window = $window",
  )
  const endReturn = db.query<null, Key & { granted: number; version: number; startMs: number }>(`
    UPDATE block SET returning_tokens = 0,
      granted_tokens = CASE WHEN version < $version THEN $granted ELSE granted_tokens END,
      version = max(version, $version)
    WHERE spend_id = $id AND limit_window = $window AND start_ms = $startMs
  `)

  /** By the calendar and the clock of the fleet. */
  function startOf({ scope, provider }: Pick<Counter, "scope" | "provider">, window: Window): number {
    if (window === "total") return state.totalSinceMs(scope, provider)
    return windowStartMs(window, nowMs() + state.skewMs(), state.offset())
  }

  /** A clock that was set back does not bring a window back. */
  function current(counter: Counter, window: Window): { startMs: number; row: Row | undefined } {
    const row = select.get({ id: counter.id, window }) ?? undefined
    // A reset drops the blocks of `total`, so one that is there is of the current window.
    if (row && window === "total") return { startMs: row.start_ms, row }
    const startMs = startOf(counter, window)
    return row && row.start_ms >= startMs ? { startMs: row.start_ms, row } : { startMs, row: undefined }
  }

  const listRows = () =>
    selectAll.all().map((row) => ({
      ...blockFrom(row),
      spendId: row.spend_id,
      scopeKind: row.scope_kind,
      scopeKey: row.scope_key,
      provider: row.provider,
      window: row.limit_window,
      reservedTokens: row.reserved_tokens,
    }))

  return {
    isShared: ({ scope }) => isSharedScope(scope),
    startMs: startOf,
    measure(counter, window) {
      const { startMs, row } = current(counter, window)
      return {
        usedTokens: (row?.others_used_tokens ?? 0) + spend.usedSince(counter, window, startMs),
        leftTokens: row ? leftInBlock(row, counter.reservedTokens) : 0,
      }
    },
    ask(limit, counter, wantTokens) {
      const { startMs, row } = current(counter, limit.window)
      const usedTokens = row ? row.used_tokens : spend.usedSince(counter, limit.window, startMs)
      return { limit, startMs, usedTokens, wantTokens }
    },
    apply({ limit, startMs }, answer) {
      const counter = spend.find(limit.scope, limit.provider)
      if (!counter) throw new Error(`A block was drawn for a limit without a counter`)
      // Asked before a reset, answered after it.
      if (limit.window === "total" && startMs < startOf(counter, "total")) return
      const { grantedTokens: granted, othersUsedTokens: othersUsed, version } = answer
      // Read again: what settled while the question was under way has no block to stand in.
      const used = spend.usedSince(counter, limit.window, startMs)
      upsert.run({ id: counter.id, window: limit.window, startMs, granted, used, othersUsed, version })
    },
    settle(ids, { tokens, microUsd }) {
      if (tokens > 0) addUsed.run({ ids, tokens })
      if (microUsd > 0) addUsedMoney.run({ ids, microUsd })
    },
    offer() {
      const offers: BlockOffer[] = []
      for (const { reservedTokens, ...block } of listRows()) {
        // An offer that was not answered is made again, as it was.
        const unused = block.grantedTokens - block.usedTokens - reservedTokens
        const offeredTokens = block.returningTokens > 0 ? block.returningTokens : unused
        if (offeredTokens <= 0) continue
        setReturning.run({ id: block.spendId, window: block.window, tokens: offeredTokens })
        offers.push({ ...block, offeredTokens })
      }
      return offers
    },
    returned({ spendId, window, startMs }, { grantedTokens, version }) {
      endReturn.run({ id: spendId, window, startMs, granted: grantedTokens, version })
    },
    drop: ({ scopeKind: kind, scopeKey: key, provider }) => void dropTotal.run({ kind, key, provider }),
    list: () => listRows().map(({ reservedTokens: _, ...row }) => row),
  }
}

export function isSharedScope({ kind }: Scope): boolean {
  return SHARED_KINDS.includes(kind)
}

function leftInBlock(row: Row, reservedTokens: number): number {
  return row.granted_tokens - row.used_tokens - row.returning_tokens - reservedTokens
}

function blockFrom(row: Row): Block {
  return {
    startMs: row.start_ms,
    grantedTokens: row.granted_tokens,
    usedTokens: row.used_tokens,
    returningTokens: row.returning_tokens,
    othersUsedTokens: row.others_used_tokens,
    version: row.version,
  }
}
