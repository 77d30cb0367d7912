// The host's part of a shared ledger: the question whether a request fits into this host's block,
// the blocks themselves, the outbox, and a mirror of what operators set.

import type { Database } from "bun:sqlite"
import type { BudgetLimit } from "@bot-bottle/contracts"
import type { BudgetReset } from "../roles/budgets.ts"
import type { ReserveRequest, ReserveResult } from "../roles/metering.ts"
import type { BlockAnswer, BlockAsk, BlockOffer, Blocks } from "./blocks.ts"
import type { Budgets } from "./budgets.ts"
import type { FleetReset, FleetState } from "./fleet-state.ts"
import { type Batch, createOutbox, type Outbox, startOutbox } from "./outbox.ts"
import type { Requests } from "./requests.ts"
import type { Spend } from "./spend.ts"
import type { Terms } from "./terms.ts"

/** Every method is one transaction. */
export interface HostPart {
  /** Reserves, unless this host has to draw first. */
  reserveOrAsk(request: ReserveRequest): Promise<ReserveResult | { readonly outcome: "short"; readonly ask: BlockAsk }>
  applyBlock(ask: BlockAsk, answer: BlockAnswer): Promise<void>
  offerBlocks(): Promise<readonly BlockOffer[]>
  blockReturned(offer: BlockOffer, answer: Pick<BlockAnswer, "grantedTokens" | "version">): Promise<void>
  /** Of a shared limit: what this host has used in its window, and what it knows of the others. */
  measure(limit: BudgetLimit): Promise<{ startMs: number; ownTokens: number; othersTokens: number }>
  /** A reset that this host asked for and the fleet has taken. */
  reset(which: BudgetReset, sinceMs: number, actor: string): Promise<void>
  /** False when this host has never been part of this shared ledger. */
  hasJoined(): Promise<boolean>
  joined(): Promise<void>
  startOutbox(): Promise<void>
  waiting(limit: number): Promise<number>
  takeBatch(atLeastSeq: number): Promise<Batch>
  batchSent(batch: Batch): Promise<void>
  mirror(news: FleetNews): Promise<void>
}

/** The actions of operators, on any host. */
export interface FleetNews {
  readonly timeZone: string
  readonly skewMs: number
  readonly limits: readonly Omit<BudgetLimit, "source">[]
  readonly resets: readonly FleetReset[]
}

export interface HostPartOptions {
  readonly read: <T>(work: () => T) => Promise<T>
  readonly write: <T>(work: () => T, timeoutMs?: number) => Promise<T>
  readonly state: FleetState
  readonly blocks: Blocks | undefined
  readonly budgets: Budgets
  readonly spend: Spend
  readonly requests: Requests
  readonly loadTerms: (request: ReserveRequest) => Promise<Terms>
  readonly reserveTimeoutMs: number
}

export function createHostPart(db: Database, options: HostPartOptions): HostPart {
  const { read, write, state, budgets, spend, requests, loadTerms, reserveTimeoutMs } = options
  let outbox: Outbox | undefined
  const blocks = (): Blocks => {
    if (options.blocks === undefined) throw new Error("This ledger was not opened as part of a shared one")
    return options.blocks
  }
  const box = (): Outbox => (outbox ??= createOutbox(db, { state, blocks: blocks() }))

  return {
    async reserveOrAsk(request) {
      const terms = await loadTerms(request)
      return write(() => requests.reserveOrAsk(request, terms), reserveTimeoutMs)
    },
    applyBlock: (ask, answer) => write(() => blocks().apply(ask, answer), reserveTimeoutMs),
    offerBlocks: () => write(() => blocks().offer()),
    blockReturned: (offer, answer) => write(() => blocks().returned(offer, answer)),
    measure: (limit) =>
      read(() => {
        const { scope, provider, window } = limit
        const counter = spend.find(scope, provider)
        if (!counter) return { startMs: blocks().startMs({ scope, provider }, window), ownTokens: 0, othersTokens: 0 }
        const { startMs } = blocks().ask(limit, counter, 0)
        const ownTokens = spend.usedSince(counter, window, startMs)
        return { startMs, ownTokens, othersTokens: blocks().measure(counter, window).usedTokens - ownTokens }
      }),
    reset: (which, sinceMs, actor) =>
      write(() => {
        const reset: FleetReset = {
          scopeKind: which.scope?.kind ?? "",
          scopeKey: which.scope?.key ?? "",
          provider: which.provider ?? "",
          sinceMs,
        }
        state.addReset(reset)
        blocks().drop(reset)
        budgets.reset(which, actor)
      }),
    hasJoined: () => read(() => state.get("adopted") !== undefined),
    joined: () => write(() => state.set("adopted", "yes")),
    startOutbox: () => write(() => startOutbox(db)),
    waiting: (limit) => read(() => box().waiting(limit)),
    takeBatch: (atLeastSeq) => write(() => box().take(atLeastSeq)),
    batchSent: (batch) => write(() => box().sent(batch)),
    mirror: ({ timeZone, skewMs, limits, resets }) =>
      write(() => {
        if (state.get("time_zone") !== timeZone) state.set("time_zone", timeZone)
        if (Math.abs(state.skewMs() - skewMs) > MAX_SKEW_CHANGE_MS) state.set("skew_ms", skewMs)
        for (const reset of resets) {
          if (!state.addReset(reset)) continue
          blocks().drop(reset)
          const scope = reset.scopeKind === "" ? undefined : { kind: reset.scopeKind, key: reset.scopeKey }
          spend.resetTotal(scope, reset.provider === "" ? undefined : reset.provider, reset.sinceMs)
        }
        budgets.mirror(limits)
      }),
  }
}

/** A clock is not written down for every millisecond that an answer took. */
const MAX_SKEW_CHANGE_MS = 1000
