// One launched agent, as the ledger keeps it and every screen shows it.

import type { ProviderName, ShutdownPolicy } from "../spend/budget.ts"
import type { HostId, ProcessIdentity } from "./process-identity.ts"
import type { Tags } from "./tags.ts"

/** The run's id: slugified label, `-`, five random base36 characters. */
export type Slug = string

export const RUN_STATUSES = ["running", "cut", "frozen", "ended", "killed"] as const
/** `cut` is a running run whose egress is closed. */
export type RunStatus = (typeof RUN_STATUSES)[number]

/** Why a run was frozen without anybody's word. It is the run's `endReason`. */
export type FreezeReason = "login-expired" | "parked"

export interface Run {
  readonly slug: Slug
  /** Where its files and processes are. Nobody else can end it or settle for it. */
  readonly host: HostId
  readonly label: string
  /** One of the 16 ANSI color names, or `""`. */
  readonly color: string
  readonly agent: string
  /** Composed bottles, in merge order. */
  readonly bottles: readonly string[]
  /** Every ancestor of those bottles, nearest first. */
  readonly ancestors: readonly string[]
  /** The harness: `claude`, `codex`, `pi`, `command`. */
  readonly provider: string
  /** Providers whose hosts this run meters, main one first. */
  readonly meters: readonly ProviderName[]
  readonly backend: string
  readonly policy: ShutdownPolicy
  readonly tags: Tags
  readonly status: RunStatus
  readonly startedAtMs: number
  readonly endedAtMs?: number
  readonly exitCode?: number
  /** Why it ended when the agent did not end it itself: `crashed`, `proxy-died`, `budget`, `cut-off`, … */
  readonly endReason?: string
  readonly launcher: ProcessIdentity
  /** Absent until the proxy has started. While it lives, it alone settles the run's requests. */
  readonly proxy?: ProcessIdentity
}

/** A run before the ledger has it: the ledger adds the host it was opened on. */
export type NewRun = Omit<Run, "host">
