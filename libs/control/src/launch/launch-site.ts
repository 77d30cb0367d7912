// The terms between the launcher's steps: the request to bring a run up, the run's site on this host,
// and the session that comes of it. Types only, so that no step imports the one that calls it.

import type { Bottle, BottleStdio } from "@bot-bottle/bottle"
import type { LaunchRecord, ProcessIdentity, Run, RunBudgets, RunFolders, RunLease, Slug } from "@bot-bottle/contracts"
import type { SelfTestFinding } from "@bot-bottle/guest"
import type { Ledger } from "@bot-bottle/ledger"
import type { RunMetadata } from "@bot-bottle/run-state"
import type { OpenBind, SkippedEntry } from "@bot-bottle/workspace"
import type { ControlEvent } from "../events.ts"
import type { ForgeContext } from "../forge/forge-context.ts"
import type { HostEnv } from "../host.ts"
import type { ResolvedLaunch } from "../resolve/resolve-launch.ts"
import type { RunName } from "../resolve/run-name.ts"
import type { ProxyProcess } from "./proxy-process.ts"
import type { ServiceName, ServiceProcess } from "./service-process.ts"

export interface BringUp {
  readonly env: HostEnv
  readonly ledger: Ledger
  readonly launch: ResolvedLaunch
  /** Its label is claimed already. */
  readonly name: RunName
  readonly launcher: ProcessIdentity
  /** Host folder of the provider's toolchain, installed. */
  readonly toolchainFolder: string | undefined
  /** As `prepareImage` returned it. */
  readonly image?: string | undefined
  /** The ends of the agent's stdin, stdout and stderr, once the run has its folders. */
  readonly stdio: (folders: RunFolders) => BottleStdio
  /** Not configured yet. Spawned as early as possible: its start is the longest step. */
  readonly proxy: ProxyProcess
  /** Absent for a new run. */
  readonly resumes?: Resumable
  /** Absent for a run that works on no forge. */
  readonly forge?: ForgeContext
  /** Under which the work is held. Absent: nobody else takes it. */
  readonly lease?: LaunchLease
  /** Aborting it ends the run. The reason is a `StopRequest`; after a `Fenced` no agent begins. */
  readonly signal: AbortSignal
  readonly onServiceStderr: (service: ServiceName, line: string) => void
  readonly onCopyStep: (step: "copying" | "done", folder: string) => void
}

/** A lease on the work of one run, for its proxy to know. */
export interface LaunchLease {
  /** As it was renewed last. */
  readonly current: RunLease
  /** From now on the proxy with this folder is told of each renewal. */
  follow(egressFolder: string): void
  /** Called when the agent has ended by itself, before anything else is waited for. */
  agentEnded(): void
}

export interface Session {
  readonly slug: Slug
  readonly folders: RunFolders
  readonly bottle: Bottle
  /** Events on the way here that an operator should know of. */
  readonly remarks: readonly ControlEvent[]
  /** The operator's folder, when the agent works in it; to be closed once nothing of the run runs. */
  readonly bind: OpenBind | undefined
  /** Processes that end with the run. */
  readonly services: readonly ServiceProcess[]
  /** The findings of the bottle's self-test; undefined when it, or its proxy, ended before. */
  readonly selfTest: readonly SelfTestFinding[] | undefined
}

/** Where a run lives, and how it gets into the ledger and out of it. */
export interface LaunchSite {
  readonly slug: Slug
  readonly folders: RunFolders
  /** The agent's entries that were in the way, under their new names, relative to the home. */
  readonly setAside: readonly string[]
  /** Fills the workspace of a new run. Returns the entries that were left out. */
  fillWorkspace(): Promise<readonly SkippedEntry[]>
  record(budgets: RunBudgets): Promise<void>
  /** The launch failed: the run is as it was before, or is gone. */
  undo(): Promise<void>
}

/** A run that is not running, and what is known of its last launch. */
export interface Resumable {
  readonly run: Run
  readonly record: LaunchRecord
  readonly metadata: RunMetadata
}
