// The ledger's part that a proxy needs: tokens taken before a request leaves, replaced by
// real usage after. And what was used, for everybody who looks.
//
//   INV-5  No request leaves without a reservation, and reservations never exceed a limit:
//          reading what is left and taking it is one transaction.
//   INV-9  A request settles once; the first settlement stands.

import type { HighestRates } from "@bot-bottle/budget"
import type { ProviderName, RunBudgets, Scope, Slug, Usage } from "@bot-bottle/contracts"
import type { GoverningBudget } from "./budgets.ts"

export interface MeteringLedger {
  /** Takes tokens before a request leaves, or says which budget refused. */
  reserve(request: ReserveRequest): Promise<ReserveResult>
  /** Replaces a reservation by what the provider reported. Idempotent. */
  settle(requestId: string, settlement: Settlement): Promise<SettleResult>
  /** For a request that never left: its reservation goes back whole, and it is not counted as a request. */
  release(requestId: string): Promise<void>
}

export interface UsageLedger {
  /** Refused requests count from the start of the quarter of an hour that `sinceMs` lies in; all else is exact. */
  usage(query: UsageQuery): Promise<readonly UsageRow[]>
  listRequests(query: RequestQuery): Promise<readonly RequestRow[]>
}

export interface ReserveRequest {
  /** Never used before. Time-ordered ids (`Bun.randomUUIDv7()`) keep the ledger quick when it is large. */
  readonly requestId: string
  readonly slug: Slug
  readonly provider: ProviderName
  readonly model: string
  readonly budgets: RunBudgets
  /** The most that the request may cost: estimated input and maximum output. Charged when no usage is reported. */
  readonly inputTokens: number
  /** As the client asked; undefined when it did not say. */
  readonly maxOutputTokens: number | undefined
  /** Below this much room for output the request is refused rather than clamped. */
  readonly minOutputTokens: number
  /** The highest prices that can apply. Absent: no price is known, and a limit of money refuses the request. */
  readonly rates?: HighestRates | undefined
  /** As the client names it; absent when it names none. */
  readonly session?: { readonly id: string; readonly parent?: string } | undefined
}

export type ReserveResult =
  | {
      readonly outcome: "reserved"
      readonly requestId: string
      readonly reservedTokens: number
      /** Present when the client's `max_tokens` must be lowered to this. */
      readonly clampOutputTokens?: number
      /** The tightest limit of tokens. */
      readonly governing?: GoverningBudget
      /** The tightest limit of money. */
      readonly governingMoney?: GoverningBudget
    }
  | { readonly outcome: "refused"; readonly reason: "budget-exhausted"; readonly governing: GoverningBudget }
  | { readonly outcome: "refused"; readonly reason: "no-price" }
  /** Nothing is wrong with the request: it may leave later. It is counted nowhere. */
  | { readonly outcome: "refused"; readonly reason: "fan-out-limit"; readonly by: FanOutRefusal }

export interface FanOutRefusal {
  readonly limit: "parallel" | "requests_per_minute" | "spend_per_minute"
  /** Of the limit; of `spend_per_minute` in micro-dollars. */
  readonly most: number
  readonly scope: Scope
  /** A retry before this is refused again. */
  readonly retryAfterMs: number
}

export interface Settlement {
  readonly how: "settled" | "cut-short" | "failed"
  readonly usage: Usage
  /** True when any number is our guess rather than the provider's word. */
  readonly estimated: boolean
  /** Lower bound of what to charge; the whole reservation when the meter broke. */
  readonly atLeastTokens?: number
  /** At the prices in force now. Absent: no price is known. */
  readonly costMicroUsd?: number
  /** The model the provider says it used. */
  readonly model?: string
  readonly upstreamStatus?: number
  /** The provider's own id for the request. */
  readonly providerRequestId?: string
}

export interface SettleResult {
  /** False when the request was unknown, or settled before. */
  readonly settled: boolean
  readonly chargedTokens: number
  /** Thresholds this settlement crossed, of the governing budget: 80, 90, 95, 100. */
  readonly crossed: readonly (80 | 90 | 95 | 100)[]
  readonly governing?: GoverningBudget
}

export const USAGE_KEYS = ["run", "agent", "bottle", "provider", "model", "day", "host", "session"] as const
/**
 * By session: one of a client's conversations, `""` where it named none; refused requests are not counted, and only
 * this host's are known. By a tag, a row's key is the tag's value; `""` is of the runs without it.
 */
export type UsageKey = (typeof USAGE_KEYS)[number] | `tag:${string}`

export function tagOf(by: UsageKey): string | undefined {
  return by.startsWith("tag:") ? by.slice("tag:".length) : undefined
}

export interface UsageQuery {
  readonly by: UsageKey
  readonly sinceMs?: number
  /** Only this run's. Costs what that run's history costs, whatever else the ledger holds. */
  readonly slug?: Slug
}

export interface UsageRow {
  readonly key: string
  /** The request as it left for upstream. */
  readonly requests: number
  readonly refusedRequests: number
  readonly estimatedRequests: number
  readonly usage: Usage
  readonly chargedTokens: number
  /** Of the requests that have a price. */
  readonly costMicroUsd: number
  readonly unpricedRequests: number
  /** By session: the one that started it, and the run of both. */
  readonly session?: { readonly parent: string | undefined; readonly run: Slug }
}

/** Newest first. Of one run: the open ones first, then by their end. */
export interface RequestQuery {
  /** Every run's when absent. */
  readonly slug?: Slug
  /** The id of the last request of the page before. */
  readonly before?: string
  readonly limit: number
}

export interface RequestRow {
  readonly id: string
  readonly slug: Slug
  readonly provider: ProviderName
  readonly model: string
  readonly status: "reserved" | Settlement["how"]
  readonly usage: Usage
  readonly chargedTokens: number
  readonly reservedTokens: number
  readonly estimated: boolean
  readonly startedAtMs: number
  readonly endedAtMs?: number
  readonly upstreamStatus?: number
  /** Absent while it is open, and where no price was known. */
  readonly costMicroUsd?: number
}
