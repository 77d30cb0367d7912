// Runs to be, for whichever host has a worker that fits.
//
//   INV-48  A job has one worker at a time: who does not renew its lease in time has lost it, and nothing
//           that it says afterwards counts.

import type { HostId, Slug } from "@bot-bottle/contracts"

export interface JobQueue {
  put(job: NewJob): Promise<number>
  /** The oldest that nobody has and whose wants these labels meet. Also one whose worker lost its lease. */
  take(offer: { readonly labels: Labels; readonly leaseMs: number }): Promise<Job | undefined>
  /** Renews the lease. False when the job is another worker's by now. */
  keep(job: JobLease, renewal: { readonly leaseMs: number; readonly slug: Slug | undefined }): Promise<boolean>
  /** False as above. */
  end(job: JobLease, outcome: JobOutcome): Promise<boolean>
  /** False unless it still waits. */
  cancel(id: number): Promise<boolean>
  /** Waiting and running ones, and the newest that have ended. Newest first. */
  list(query: { readonly limit: number }): Promise<readonly JobRow[]>
}

export type Labels = Readonly<Record<string, string>>

export interface NewJob {
  /** Opaque to the queue. No secrets: every host reads it. */
  readonly order: string
  readonly wants: Labels
  readonly actor: string
}

export interface JobLease {
  readonly id: number
  /** How often the job has been taken: tells two leases apart. */
  readonly attempt: number
}

export interface Job extends JobLease, NewJob {}

export type JobOutcome =
  | { readonly outcome: "done"; readonly exitCode: number; readonly slug: Slug }
  /** It could not be launched. */
  | { readonly outcome: "failed"; readonly error: string }

export interface JobRow extends JobLease, Omit<NewJob, "order"> {
  readonly state: "queued" | "running" | "done" | "failed" | "cancelled"
  readonly host?: HostId
  readonly slug?: Slug
  readonly exitCode?: number
  readonly error?: string
  readonly queuedAtMs: number
}
