// The ledger's part for several hosts that share it: who they are, and an operator's word about
// a run of another one.

import type { HostId, ProcessIdentity, Run, Slug } from "@bot-bottle/contracts"
import type { ActionOutcome, AuditRow } from "./enforcement.ts"
import type { IssueQueue } from "./issues.ts"
import type { JobQueue } from "./jobs.ts"

export interface Fleet {
  listHosts(): Promise<readonly HostRow[]>
  /** Asks the run's host to act, and waits for its answer. */
  ask(run: Pick<Run, "slug" | "host">, action: RemoteAction, wait: AskWait): Promise<ActionAnswer>
  /**
   * Speaks for this host until the signal aborts. It sends what has changed, takes in and carries
   * out what operators ask elsewhere, and gives back what this host does not spend. Of several
   * processes one does it at a time.
   */
  serve(service: HostService): Promise<void>
  /** The records of the other hosts, as they sent them; none while the database is gone. Only `verifyAudit` proves them. */
  listAudit(): Promise<readonly HostAuditRow[]>
  readonly jobs: JobQueue
  readonly issues: IssueQueue
  /** How a command of another host went. The first answer stands. */
  answer(id: number, outcome: ActionOutcome): Promise<void>
  /** Sends what has changed and takes in what operators set, once. Throws LedgerUnavailable. */
  sync(): Promise<void>
  /** Why the shared ledger could not be had when it was last needed; undefined when it could. */
  readonly trouble: Error | undefined
  /** Statements sent to the shared ledger by this process. */
  readonly roundTrips: number
}

export interface HostAuditRow extends AuditRow {
  readonly host: HostId
}

export interface HostRow {
  readonly id: HostId
  readonly lastSeenMs: number
}

export interface RemoteAction {
  readonly kind: "cutoff" | "restore" | "freeze" | "kill"
  readonly actor: string
}

export interface AskWait {
  /** For a host that listens. A host that has been silent for a while is given up sooner. */
  readonly timeoutMs: number
  /** Called once, when the answer takes a moment, with how long a silent host has said nothing. */
  readonly onWait: (silentMs: number | undefined) => void
}

export type ActionAnswer =
  | ActionOutcome
  /** The host may still do it: it is asked until it answers. `silentMs` of a host that has been silent for a while. */
  | { readonly outcome: "no-answer"; readonly isHeard: boolean; readonly silentMs?: number }

export interface HostCommand extends RemoteAction {
  readonly id: number
  readonly slug: Slug
}

export interface HostService {
  readonly signal: AbortSignal
  readonly self: ProcessIdentity
  readonly isAlive: (process: ProcessIdentity) => boolean
  /** Begins to act; whoever acts gives the answer. Called again for a command that the process before us left open. */
  readonly onCommand: (command: HostCommand) => void
}
