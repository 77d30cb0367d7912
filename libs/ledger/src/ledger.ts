// The repository every process of bot-bottle keeps its books in, as an interface that
// names no SQL: a second implementation must be able to stand behind it unchanged.
//
//   INV-5  No request leaves without a reservation, and reservations never exceed a limit:
//          reading what is left and taking it is one transaction.
//   INV-6  An unsettled reservation counts in full. A crash can only make us too careful.
//   INV-9  A request settles once; the first settlement stands.

import type {
  BudgetLimit,
  ProcessIdentity,
  ProviderName,
  Run,
  RunBudgets,
  RunStatus,
  Scope,
  ShutdownPolicy,
  Slug,
  Usage,
  Window,
} from "@bot-bottle/contracts"

export interface Ledger {
  createRun(run: Run): Promise<void>
  /** Records the proxy that now owns the run's requests. What another proxy left open is settled at its reservation. */
  attachProxy(slug: Slug, proxy: ProcessIdentity): Promise<void>
  updateRun(slug: Slug, change: RunChange): Promise<void>
  /** Only while launcher and status are what the caller saw; false, changing nothing, when another was faster. */
  updateRunAsSeen(seen: Pick<Run, "slug" | "launcher" | "status">, change: RunChange): Promise<boolean>
  findRun(slug: Slug): Promise<Run | undefined>
  /** Newest first. `all: false` leaves out ended and killed runs. */
  listRuns(options: { readonly all: boolean }): Promise<readonly Run[]>

  /** Takes tokens before a request leaves, or says which budget refused. */
  reserve(request: ReserveRequest): Promise<ReserveResult>
  /** Replaces a reservation by what the provider reported. Idempotent. */
  settle(requestId: string, settlement: Settlement): Promise<SettleResult>
  /** For a request that never left: its reservation goes back whole, and it is not counted as a request. */
  release(requestId: string): Promise<void>
  /** Settles, at their reservation, the open requests of runs whose proxy is dead, and ends runs whose launcher and proxy are. */
  sweep(isAlive: (process: ProcessIdentity) => boolean): Promise<readonly Slug[]>

  /** Operator-set limits. */
  setBudget(limit: Omit<BudgetLimit, "source">, by?: Actor): Promise<void>
  /** False when no operator-set limit was there. */
  unsetBudget(scope: Scope, provider: ProviderName, by?: Actor): Promise<boolean>
  listBudgets(): Promise<readonly BudgetLimit[]>
  /** Starts the `total` window anew. Without a scope: every scope; without a provider: every provider. */
  resetBudget(scope?: Scope, provider?: ProviderName, by?: Actor): Promise<void>
  /** What governs this run's requests to `provider` now; undefined when nothing limits it. */
  governingBudget(budgets: RunBudgets, provider: ProviderName): Promise<GoverningBudget | undefined>

  /** Where each of these limits stands now, in the same order, whether or not it governs anything. */
  measureLimits(limits: readonly BudgetLimit[]): Promise<readonly GoverningBudget[]>

  /** Refused requests count from the start of the quarter of an hour that `sinceMs` lies in; all else is exact. */
  usage(query: UsageQuery): Promise<readonly UsageRow[]>

  beginEnforcement(action: EnforcementAction): Promise<number>
  finishEnforcement(id: number, outcome: { readonly error?: string }): Promise<void>
  listEnforcement(slug: Slug): Promise<readonly EnforcementRow[]>
  /** Steps of every run that were begun and not finished, oldest first. */
  listPendingEnforcement(): Promise<readonly EnforcementRow[]>

  appendAudit(entry: AuditEntry): Promise<void>
  listAudit(): Promise<readonly AuditRow[]>
  verifyAudit(): Promise<AuditVerdict>

  close(): void
}

/** Who asked, for the audit trail; `operator` when absent. */
export interface Actor {
  readonly actor?: string
}

/** Status `running` or `frozen` also forgets how the run had ended, but for what is named here. */
export interface RunChange {
  readonly status?: RunStatus
  readonly endedAtMs?: number
  readonly exitCode?: number
  readonly endReason?: string
  readonly launcher?: ProcessIdentity
  /** What a run is resumed with, where its manifests have changed since. */
  readonly policy?: ShutdownPolicy
  readonly meters?: readonly ProviderName[]
  readonly ancestors?: readonly string[]
}

export interface ReserveRequest {
  /** Never used before. Time-ordered ids (`Bun.randomUUIDv7()`) keep the ledger quick when it is large. */
  readonly requestId: string
  readonly slug: Slug
  readonly provider: ProviderName
  readonly model: string
  readonly budgets: RunBudgets
  /** What the request may cost: input estimate and most output. Charged when nobody learns better. */
  readonly inputTokens: number
  /** As the client asked; undefined when it did not say. */
  readonly maxOutputTokens: number | undefined
  /** Below this much room for output the request is refused rather than clamped. */
  readonly minOutputTokens: number
}

export type ReserveResult =
  | {
      readonly outcome: "reserved"
      readonly requestId: string
      readonly reservedTokens: number
      /** Present when the client's `max_tokens` must be lowered to this. */
      readonly clampOutputTokens?: number
      readonly governing?: GoverningBudget
    }
  | { readonly outcome: "refused"; readonly reason: "budget-exhausted"; readonly governing: GoverningBudget }

export interface GoverningBudget extends BudgetLimit {
  /** Spent in the current window, reservations not included. */
  readonly usedTokens: number
  readonly reservedTokens: number
  /** True when a ceiling of settings.yml, not the nearest budget, is what binds. */
  readonly isCeiling: boolean
}

export interface Settlement {
  readonly how: "settled" | "cut-short" | "failed"
  readonly usage: Usage
  /** True when any number is our guess rather than the provider's word. */
  readonly estimated: boolean
  /** Lower bound of what to charge; the whole reservation when the meter broke. */
  readonly atLeastTokens?: number
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

export type UsageKey = "run" | "agent" | "bottle" | "provider" | "model" | "day"

export interface UsageQuery {
  readonly by: UsageKey
  readonly sinceMs?: number
}

export interface UsageRow {
  readonly key: string
  /** What left for upstream. */
  readonly requests: number
  readonly refusedRequests: number
  readonly estimatedRequests: number
  readonly usage: Usage
  readonly chargedTokens: number
}

export interface EnforcementAction {
  readonly slug: Slug
  readonly kind: "cutoff" | "restore" | "freeze" | "kill"
  readonly trigger: "budget" | "operator" | "watchdog"
  readonly provider?: ProviderName
  readonly scope?: Scope
  readonly limitTokens?: number
  readonly usedTokens?: number
  readonly window?: Window
  readonly actor: string
}

export interface EnforcementRow extends EnforcementAction {
  readonly id: number
  readonly requestedAtMs: number
  readonly doneAtMs?: number
  readonly outcome: "pending" | "done" | "failed"
  readonly error?: string
}

export interface AuditEntry {
  readonly slug: Slug | ""
  readonly kind: string
  readonly actor: string
  readonly detail: Readonly<Record<string, unknown>>
}

export interface AuditRow extends AuditEntry {
  readonly seq: number
  readonly atMs: number
  readonly prevHash: string
  readonly hash: string
}

export type AuditVerdict =
  | { readonly outcome: "intact"; readonly rows: number }
  | {
      readonly outcome: "broken"
      readonly seq: number
      readonly problem: "changed" | "removed" | "reordered" | "truncated"
    }
