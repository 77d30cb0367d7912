// The ledger's part for screens and streams: what is live, and then every change to it.

import type { BudgetLimit, Proposal, Run } from "@bot-bottle/contracts"
import type { AuditRow, EnforcementRow } from "./enforcement.ts"
import type { RequestRow } from "./metering.ts"

export interface WatchLedger {
  /**
   * First a snapshot of everything live, then changes in the order in which they were found, and a tick at least every
   * second, until the signal aborts. Rows come whole: keep them by slug, request id, step id or audit seq. A row may
   * come twice. Throws LedgerUnavailable once the ledger cannot be read.
   */
  watch(query: WatchQuery): AsyncIterable<LedgerChange>
}

export interface WatchQuery {
  readonly signal: AbortSignal
  /** Of the last change that was taken in: what has happened since follows the snapshot, unless it is too much. */
  readonly from?: Cursor
}

/** Opaque. Says how much of the ledger its holder has seen. */
export type Cursor = string & { readonly __brand: "Cursor" }

export type LedgerChange = { readonly cursor: Cursor; readonly atMs: number } & (
  | {
      readonly kind: "snapshot"
      /** Newest first; none that has ended. */
      readonly runs: readonly Run[]
      readonly openRequests: readonly RequestRow[]
      readonly pendingSteps: readonly EnforcementRow[]
      /** Those that operators set. */
      readonly limits: readonly BudgetLimit[]
      /** Those that wait for an answer. */
      readonly proposals: readonly Proposal[]
    }
  | { readonly kind: "run"; readonly run: Run }
  | { readonly kind: "request"; readonly request: RequestRow }
  /** The request never left, and the ledger has forgotten it. */
  | { readonly kind: "released"; readonly requestId: string }
  | { readonly kind: "step"; readonly step: EnforcementRow }
  | { readonly kind: "audit"; readonly row: AuditRow }
  | { readonly kind: "limits"; readonly limits: readonly BudgetLimit[] }
  /** Asked or answered. */
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  | { readonly kind: "tick" }
)
