// The ledger's part that knows which runs there are, whose they are and how they ended.

import type {
  HostId,
  NewRun,
  ProcessIdentity,
  ProviderName,
  Run,
  RunStatus,
  ShutdownPolicy,
  Slug,
  Tags,
} from "@bot-bottle/contracts"

export interface RunsLedger {
  /** The run belongs to the host this ledger was opened on. */
  createRun(run: NewRun): Promise<void>
  /**
   * Records the proxy that now owns the run's requests. Requests that another proxy left open are
   * settled at their reservation.
   */
  attachProxy(slug: Slug, proxy: ProcessIdentity): Promise<void>
  /** Changes the run only while it still is as the caller saw it. False, changing nothing, when another process was faster. */
  updateRunAsSeen(seen: SeenRun, change: RunChange): Promise<boolean>
  /** Adds tags, and replaces those of the same names. */
  tagRun(slug: Slug, tags: Tags): Promise<void>
  findRun(slug: Slug): Promise<Run | undefined>
  /** Newest first. */
  listRuns(query: RunQuery): Promise<readonly Run[]>
  /** How many have ended or were killed. */
  countPastRuns(): Promise<number>
  /**
   * Cleans up after dead processes of one host. Open requests of runs whose proxy is dead are
   * settled at their reservation. Runs whose launcher and proxy are dead end, and their claims are
   * dropped. `isAlive` is asked about that host's only.
   */
  sweep(sweep: SweepQuery): Promise<readonly Slug[]>
}

/** `any` launcher: for the proxy, which belongs to whichever launcher the run has. */
export interface SeenRun extends Pick<Run, "slug" | "status"> {
  readonly launcher: ProcessIdentity | "any"
}

/** Status `running` or `frozen` also forgets how the run had ended, but for what is named here. */
export interface RunChange {
  readonly status?: RunStatus
  readonly endedAtMs?: number
  readonly exitCode?: number
  readonly endReason?: string
  readonly launcher?: ProcessIdentity
  /** The values that a resumed run gets from manifests that have changed since. */
  readonly policy?: ShutdownPolicy
  readonly meters?: readonly ProviderName[]
  readonly ancestors?: readonly string[]
}

export interface RunQuery {
  /** `false` leaves out ended and killed runs. */
  readonly all: boolean
  /** The last run of the page before. */
  readonly before?: Slug
  readonly limit?: number
}

export interface SweepQuery {
  readonly host: HostId
  readonly isAlive: (process: ProcessIdentity) => boolean
}
