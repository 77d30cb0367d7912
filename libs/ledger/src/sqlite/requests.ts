// Requests: tokens taken before a request leaves, replaced by real usage after.
//
//   INV-5  Reading what is left and taking it is one IMMEDIATE transaction: without one two
//          proxies overdraw; with a deferred one the loser gets SQLITE_BUSY.
//   INV-9  An unsettled reservation counts in full. A crash can only make us too careful.
//   A request settles once; the first settlement stands.
//
// Everything here runs inside a transaction of the caller. Settling may charge more than was
// reserved, because the provider has already billed it; the next request is then refused.

import type { Database } from "bun:sqlite"
import {
  chargeTokens,
  decideReservation,
  findTightest,
  isSameScope,
  type LimitStanding,
  wantedAmount,
} from "@bot-bottle/budget"
import { type Slug, USD, type Usage } from "@bot-bottle/contracts"
import type { ReserveRequest, ReserveResult, Settlement, SettleResult } from "../roles/metering.ts"
import type { BlockAsk, Blocks } from "./blocks.ts"
import { type Budgets, governingFrom } from "./budgets.ts"
import type { Crossings } from "./crossings.ts"
import type { Pace } from "./pace.ts"
import type { Runs } from "./runs.ts"
import type { Amounts, Counter, Spend } from "./spend.ts"
import type { Terms, TermsTable } from "./terms.ts"
import type { UsageTable } from "./usage.ts"

export interface Requests {
  reserve(request: ReserveRequest, terms: Terms): ReserveResult
  /** Takes nothing when this host has to draw first, so that the request fits into its block. */
  reserveOrAsk(
    request: ReserveRequest,
    terms: Terms,
  ): ReserveResult | { readonly outcome: "short"; readonly ask: BlockAsk }
  settle(requestId: string, settlement: Settlement): SettleResult
  release(requestId: string): void
  /** Settles what a dead proxy left open, at the most it can have cost. Says how many. */
  settleAbandoned(slug: Slug): number
}

export interface RequestsOptions {
  readonly runs: Runs
  readonly spend: Spend
  readonly pace: Pace
  readonly terms: TermsTable
  readonly budgets: Budgets
  readonly crossings: Crossings
  readonly usage: UsageTable
  /** Absent in a ledger of one host. */
  readonly blocks: Blocks | undefined
  readonly nowMs: () => number
}

/** The model's name comes from the agent; it must not fill the ledger. */
const LONGEST_MODEL = 200
const STATUS = { settled: "settled", "cut-short": "cut_short", failed: "failed" } as const

interface OpenRequest {
  id: string
  run_id: number
  terms_id: number
  provider: string
  model: string
  status: string
  reserved_tokens: number
  reserved_micro_usd: number | null
  estimate_tokens: number
  estimate_micro_usd: number | null
  input_estimate_tokens: number
  charged_tokens: number
}

export function createRequests(db: Database, options: RequestsOptions): Requests {
  const { runs, spend, pace, terms: termsBook, budgets, crossings, usage: usageBook, blocks, nowMs } = options
  const insertRequest = db.query<null, Record<string, string | number | null>>(`
    INSERT INTO request (id, run_id, terms_id, provider, model, status, reserved_tokens, estimate_tokens,
      input_estimate_tokens, reserved_micro_usd, estimate_micro_usd, started_at_ms, session, parent_session)
    VALUES ($id, $runId, $termsId, $provider, $model, 'reserved', $reserved, $estimate, $inputEstimate, $reservedUsd,
      $estimateUsd, $nowMs, $session, $parentSession)
  `)
  // No join with `run` for its slug: see spend.ts on what joins cost.
  const columns = `id, run_id, terms_id, provider, model, status, reserved_tokens, reserved_micro_usd,
    estimate_tokens, estimate_micro_usd, input_estimate_tokens, charged_tokens`
  const selectRequest = db.query<OpenRequest, { id: string }>(`SELECT ${columns} FROM request WHERE id = $id`)
  const selectOpen = db.query<OpenRequest, { runId: number }>(
    `SELECT ${columns} FROM request WHERE run_id = $runId AND status = 'reserved'`,
  )
  const endRequest = db.query<null, Record<string, string | number | null>>(`
    UPDATE request SET status = $status, model = $model, input_tokens = $inputTokens,
      cache_read_tokens = $cacheReadTokens, cache_write_tokens = $cacheWriteTokens, output_tokens = $outputTokens,
      reasoning_tokens = $reasoningTokens, charged_tokens = $charged, estimated = $estimated, ended_at_ms = $nowMs,
      cost_micro_usd = $cost, upstream_status = $upstreamStatus, provider_request_id = $providerRequestId
    WHERE id = $id AND status = 'reserved'
  `)
  const deleteOpen = db.query<null, { id: string }>("DELETE FROM request WHERE id = $id AND status = 'reserved'")

  function settleOpen(open: OpenRequest, settlement: Settlement): SettleResult {
    const terms = termsBook.load(open.terms_id)
    const { usage, how, estimated } = settlement
    const charged = Math.max(chargeTokens(usage, terms.budgets.cacheReadWeight), settlement.atLeastTokens ?? 0)
    const model = cut(settlement.model ?? open.model)
    const { costMicroUsd } = settlement
    const amounts = {
      reserved: reservedOf(open),
      // A price that nobody knows is not nothing.
      charged: { tokens: charged, microUsd: costMicroUsd ?? open.estimate_micro_usd ?? 0 },
    }
    const before = budgets.binding(terms, spend.load(terms.counters))
    const atMs = nowMs()

    endRequest.run({
      id: open.id,
      status: STATUS[how],
      model,
      ...columnsOf(usage),
      charged,
      estimated: estimated ? 1 : 0,
      nowMs: atMs,
      cost: costMicroUsd ?? null,
      upstreamStatus: settlement.upstreamStatus ?? null,
      providerRequestId: settlement.providerRequestId ?? null,
    })
    spend.settle(terms.counters, amounts, atMs)
    if (terms.hasRate) pace.settle(open.id, amounts.charged.microUsd, atMs)
    blocks?.settle(terms.counters, amounts.charged)
    usageBook.add({ runId: open.run_id, provider: open.provider, model, usage, charged, costMicroUsd, estimated, atMs })
    const crossing = crossings.record(open.run_id, before, amounts)
    return { settled: true, chargedTokens: charged, ...crossing }
  }

  function findShortage(request: ReserveRequest, standings: readonly LimitStanding[], counters: readonly Counter[]) {
    const ask = { ...request, gate: request.budgets.gate }
    for (const { limit, blockLeftTokens } of standings) {
      const wanted = wantedAmount(limit.provider, ask)
      if (blocks === undefined || blockLeftTokens === undefined || blockLeftTokens >= wanted) continue
      const counter =
        limit.provider === USD
          ? spend.find(limit.scope, USD)
          : counters.find(({ scope }) => isSameScope(scope, limit.scope))
      if (counter) return blocks.ask(limit, counter, wanted - Math.min(blockLeftTokens, 0))
    }
    return undefined
  }

  function reserveAt(request: ReserveRequest, terms: Terms, standings: readonly LimitStanding[]): ReserveResult {
    const { provider, budgets: runBudgets } = request
    const runId = runs.loadId(request.slug)
    const model = cut(request.model)
    const decision = decideReservation({ ...request, gate: runBudgets.gate }, standings)
    const atMs = nowMs()
    if (decision.outcome === "refused" || isUnpriced(request, terms)) {
      usageBook.addRefused({ runId, provider, model, atMs })
      return decision.outcome === "refused" && decision.reason === "budget-exhausted"
        ? { outcome: "refused", reason: "budget-exhausted", governing: governingFrom(decision.by) }
        : { outcome: "refused", reason: "no-price" }
    }
    const { fanOut = [] } = terms.budgets
    const paced = fanOut.length === 0 ? undefined : pace.findRefusal(fanOut, atMs)
    if (paced !== undefined) return { outcome: "refused", reason: "fan-out-limit", by: paced }

    const { reservedTokens, estimateTokens, clampOutputTokens } = decision
    const estimates = { estimate: estimateTokens, inputEstimate: request.inputTokens }
    const money = { reservedUsd: decision.reservedMicroUsd ?? null, estimateUsd: decision.estimateMicroUsd ?? null }
    const row = { id: request.requestId, runId, termsId: terms.id, provider, model, nowMs: atMs }
    const session = { session: request.session?.id ?? null, parentSession: request.session?.parent ?? null }
    insertRequest.run({ ...row, reserved: reservedTokens, ...estimates, ...money, ...session })
    const amounts = { tokens: reservedTokens, microUsd: decision.reservedMicroUsd ?? 0 }
    spend.reserve(terms.counters, amounts)
    if (terms.hasRate) pace.take(request.requestId, fanOut, decision.estimateMicroUsd ?? 0, atMs)
    return {
      outcome: "reserved",
      requestId: request.requestId,
      reservedTokens,
      ...(clampOutputTokens === undefined ? {} : { clampOutputTokens }),
      ...governingAfter(standings, amounts),
    }
  }

  return {
    reserve: (request, terms) => reserveAt(request, terms, budgets.binding(terms, spend.load(terms.counters))),

    reserveOrAsk(request, terms) {
      const counters = spend.load(terms.counters)
      const standings = budgets.binding(terms, counters)
      const ask = findShortage(request, standings, counters)
      return ask ? { outcome: "short", ask } : reserveAt(request, terms, standings)
    },

    settle(requestId, settlement) {
      const found = selectRequest.get({ id: requestId })
      if (found?.status === "reserved") return settleOpen(found, settlement)
      return { settled: false, chargedTokens: found?.charged_tokens ?? 0, crossed: [] }
    },

    release(requestId) {
      const found = selectRequest.get({ id: requestId })
      if (found?.status !== "reserved") return
      deleteOpen.run({ id: requestId })
      const terms = termsBook.load(found.terms_id)
      spend.release(terms.counters, reservedOf(found))
      if (terms.hasRate) pace.release(requestId)
    },

    settleAbandoned(slug) {
      const abandoned = selectOpen.all({ runId: runs.loadId(slug) })
      for (const open of abandoned) settleOpen(open, mostItCanHaveCost(open))
      return abandoned.length
    },
  }
}

/** A limit on what a minute costs can count no request without a price. */
function isUnpriced({ rates }: ReserveRequest, { budgets }: Terms): boolean {
  return rates === undefined && (budgets.fanOut ?? []).some(({ spendPerMinute }) => spendPerMinute !== undefined)
}

function mostItCanHaveCost(open: OpenRequest): Settlement {
  const most = Math.max(open.reserved_tokens, open.estimate_tokens)
  const inputTokens = open.input_estimate_tokens
  const usage = {
    inputTokens,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: most - inputTokens,
    reasoningTokens: 0,
  }
  return {
    how: "cut-short",
    usage,
    estimated: true,
    atLeastTokens: most,
    ...(open.estimate_micro_usd === null ? {} : { costMicroUsd: open.estimate_micro_usd }),
  }
}

function reservedOf({ reserved_tokens: tokens, reserved_micro_usd: microUsd }: OpenRequest): Amounts {
  return { tokens, microUsd: microUsd ?? 0 }
}

/** The tightest limit of tokens and the tightest of money, with what has just been reserved. */
function governingAfter(standings: readonly LimitStanding[], { tokens, microUsd }: Amounts) {
  const isMoney = ({ limit }: LimitStanding) => limit.provider === USD
  if (standings.length === 0) return {}
  const ofTokens = findTightest(standings.filter((standing) => !isMoney(standing)))
  const ofMoney = findTightest(standings.filter(isMoney))
  const after = (standing: LimitStanding, reserved: number) =>
    governingFrom({ ...standing, reservedTokens: standing.reservedTokens + reserved })
  return {
    ...(ofTokens === undefined ? {} : { governing: after(ofTokens, tokens) }),
    ...(ofMoney === undefined ? {} : { governingMoney: after(ofMoney, microUsd) }),
  }
}

function columnsOf({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens }: Usage) {
  return { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens }
}

function cut(model: string): string {
  return model.length > LONGEST_MODEL ? model.slice(0, LONGEST_MODEL) : model
}
