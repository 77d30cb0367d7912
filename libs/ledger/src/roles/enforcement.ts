// The ledger's part that records what was done to runs, by whom, and proves the record.

import type { FreezeReason, HostId, ProviderName, Scope, Slug, Window } from "@bot-bottle/contracts"

export interface EnforcementLedger {
  beginEnforcement(action: EnforcementAction): Promise<number>
  /** The first outcome stands. */
  finishEnforcement(id: number, outcome: ActionOutcome): Promise<void>
  listEnforcement(slug: Slug): Promise<readonly EnforcementRow[]>
  /** Steps of every run that were begun and not finished, oldest first. */
  listPendingEnforcement(): Promise<readonly EnforcementRow[]>
}

export interface AuditLedger {
  appendAudit(entry: AuditEntry): Promise<void>
  /** Oldest first. */
  listAudit(query?: AuditQuery): Promise<readonly AuditRow[]>
  verifyAudit(): Promise<AuditVerdict>
  /** The newest row as the store's anchor knows it; the anchor lies outside the table it vouches for. Undefined when it is missing. */
  loadAuditHead(): Promise<AuditHead | undefined>
}

export interface EnforcementAction {
  readonly slug: Slug
  readonly kind: "cutoff" | "restore" | "freeze" | "kill"
  readonly trigger: "budget" | "operator" | "watchdog"
  /** Of the watchdog: what it saw, where the run says so. `parked`: the provider's own limit is spent. */
  readonly reason?: FreezeReason
  /** Of `parked`: when the provider's window resets. */
  readonly untilMs?: number
  readonly provider?: ProviderName
  readonly scope?: Scope
  readonly limitTokens?: number
  readonly usedTokens?: number
  readonly window?: Window
  readonly actor: string
}

/** How an action on a run went. Named: what is left out must never read as success. */
export type ActionOutcome = { readonly outcome: "done" } | { readonly outcome: "failed"; readonly error: string }

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

export interface AuditQuery {
  /** Only rows after this one. */
  readonly afterSeq?: number
  readonly limit?: number
}

export interface AuditRow extends AuditEntry {
  readonly seq: number
  readonly atMs: number
  readonly prevHash: string
  readonly hash: string
}

export interface AuditHead {
  readonly seq: number
  readonly hash: string
}

export type AuditVerdict =
  | { readonly outcome: "intact"; readonly rows: number }
  | {
      readonly outcome: "broken"
      readonly seq: number
      readonly problem: "changed" | "removed" | "reordered" | "truncated"
      /** The host whose chain it is, in a shared ledger. */
      readonly host?: HostId
    }
