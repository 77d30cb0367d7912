// Issues of a forge that several hosts keep together: who looks at one now, and what is known of it.
//
//   INV-48  An issue has one holder at a time. A holder that lost its lease changes nothing any more. An issue that
//           is bound to a host is looked at by that host alone, until that host is gone.

import type { HostId } from "@bot-bottle/contracts"

export interface IssueName {
  /** The same on every host that keeps it: the repository's address for people. */
  readonly repository: string
  readonly number: number
}

export interface IssueQueue {
  /**
   * Has somebody look at the issues. `now`: something happened, also during a look. `unless-due`: it may have; a look
   * that waits or is under way will do.
   */
  ask(issues: readonly IssueName[], when: "now" | "unless-due"): Promise<void>
  /** Gives this host an issue that is due, that nobody holds, and that it may look at. */
  take(offer: IssueOffer): Promise<HeldIssue | undefined>
  /** Renews the lease. False when the issue is another's by now; so for all that follow. */
  keep(lease: IssueLease, leaseMs: number): Promise<boolean>
  /** Replaces the record and binds the issue to this host. */
  write(lease: IssueLease, record: IssueRecord): Promise<boolean>
  /** Binds a record of this host to it. False when the issue has a record, or somebody looks at it now. */
  adopt(issue: IssueName, record: IssueRecord): Promise<boolean>
  /** Removes the record. Another host that it was bound to finds it among its orphans. */
  forget(lease: IssueLease): Promise<boolean>
  /** This host cannot run it. `last`: no other host that is alive may try, and the lease is still held. */
  passOn(lease: IssueLease): Promise<"passed" | "last" | "lost">
  /** Ends a look. An `ask` since its beginning makes the issue due again at once. */
  release(lease: IssueLease, end: LookEnd): Promise<boolean>
  find(issue: IssueName): Promise<IssueRow | undefined>
  /** Those with a record: of all repositories, or bound to this host and running. */
  list(which: "all" | "own-running"): Promise<readonly IssueRow[]>
  /** The issue of a pull request. */
  findByPullRequest(pull: IssueName): Promise<number | undefined>
  /** This host's sign of life. Makes running issues due whose host is gone, unless that was told. */
  beat(host: { readonly repositories: readonly string[]; readonly runsIssues: boolean }): Promise<void>
  listOrphans(): Promise<readonly IssueOrphan[]>
  dropOrphan(id: number): Promise<void>
}

export interface IssueOffer {
  readonly repositories: readonly string[]
  /** For one more run. */
  readonly hasRoom: boolean
  /** False for a host that only receives webhooks: an issue without a run is left to the others. */
  readonly runsIssues: boolean
  readonly leaseMs: number
}

export interface IssueLease extends IssueName {
  readonly lease: number
  /** How often it had been asked for when the look began. */
  readonly asked: number
}

export interface HeldIssue extends IssueLease {
  readonly record: string | undefined
  /** The issue is bound to another host, which is gone. */
  readonly stranded: GoneHost | undefined
}

export interface GoneHost {
  readonly host: HostId
  /** Undefined when it never was. */
  readonly seenAtMs: number | undefined
}

export interface IssueRecord {
  /** Opaque to the queue. No secrets: every host reads it. */
  readonly text: string
  readonly status: string
  readonly pullRequest: number | null
}

export type LookEnd =
  | { readonly next: "nothing" }
  /** Once a host that may look at it has room for a run. */
  | { readonly next: "needs-room" }
  | { readonly next: "again"; readonly afterMs: number }
  /** The forge knows that the bound host is gone. */
  | { readonly next: "told" }

export interface IssueRow extends IssueName {
  readonly record: string
  readonly host: HostId
  readonly isHostGone: boolean
}

export interface IssueOrphan extends IssueName {
  readonly id: number
  readonly record: string
}
