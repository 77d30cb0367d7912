// The events of a run and of the way to it, as data: a command line words them, a dashboard draws
// them, a service logs them.

import type { BudgetState, HostId, ProxyReport, SelfTestFinding, ShutdownPolicy, Slug } from "@bot-bottle/contracts"
import type { JobOutcome, RemoteAction, UsageRow } from "@bot-bottle/ledger"
import type { SkippedEntry } from "@bot-bottle/workspace"
import type { ChangeTally } from "@bot-bottle/workspace/tally"
import type { ServiceName } from "./launch/service-process.ts"
import type { SmallBudget } from "./resolve/budgets/small-budgets.ts"
import type { UncoveredProvider } from "./resolve/budgets/uncovered-providers.ts"

export type ControlEvent =
  /** A manifest that was left out, and why. */
  | { readonly kind: "manifest-warning"; readonly message: string }
  /** A running run has the label; this one gets another. */
  | { readonly kind: "label-taken"; readonly label: string; readonly given: string }
  /** A resumed run keeps its label, and a running run has taken the same one meanwhile. */
  | { readonly kind: "label-shared"; readonly label: string }
  | { readonly kind: "changed-since-last-launch"; readonly changes: readonly LaunchChange[] }
  | { readonly kind: "login-ends"; readonly login: LoginEnd }
  /** Told where nobody was asked: the preflight says it otherwise. */
  /** By default: the run starts without the operator's folder. */
  | { readonly kind: "workspace-empty" }
  | { readonly kind: "budget-small"; readonly budget: SmallBudget }
  | { readonly kind: "provider-uncovered"; readonly uncovered: UncoveredProvider }
  | { readonly kind: "toolchain-install"; readonly step: "installing" | "waiting" | "done"; readonly what: string }
  | { readonly kind: "image-prepare"; readonly step: "preparing" | "done"; readonly what: string }
  /** `copying` only for a copy that takes long. */
  | { readonly kind: "workspace-copy"; readonly step: "copying" | "done"; readonly folder: string }
  | { readonly kind: "proxy-stderr"; readonly line: string }
  | { readonly kind: "service-stderr"; readonly service: ServiceName; readonly line: string }
  /** The agent has none of its calls any more; the run itself continues. */
  | { readonly kind: "service-died"; readonly service: ServiceName; readonly slug: Slug }
  /** A worker has taken a job of the queue; `attempt` counts the times it was taken. */
  | { readonly kind: "job-taken"; readonly id: number; readonly attempt: number }
  | { readonly kind: "job-ended"; readonly id: number; readonly outcome: JobOutcome }
  /** Its lease ran out here, and another worker has it. The worker interrupted its run, or the run ended by itself. */
  | { readonly kind: "job-lost"; readonly id: number; readonly run: "interrupted" | "ended" }
  /** This host cannot run it now: another worker takes it. */
  | { readonly kind: "job-returned"; readonly id: number; readonly message: string }
  /** Its run has ended, and the queue was not told: another worker runs the job again. */
  | { readonly kind: "job-unreported"; readonly id: number; readonly message: string }
  /** The queue cannot be read. Told once until it is back. */
  | { readonly kind: "queue-away"; readonly message: string }
  /** Another host was asked to act on its run, and has not answered yet. `silentMs`: the time since it was last seen. */
  | {
      readonly kind: "host-wait"
      readonly host: HostId
      readonly slug: Slug
      readonly action: RemoteAction["kind"]
      readonly silentMs?: number
    }
  /** The shared ledger's database has not answered for a while. */
  | { readonly kind: "ledger-slow"; readonly where: string }
  /** The run begins all the same: other hosts see it, and its host gets further blocks, once the database is back. */
  | { readonly kind: "ledger-away"; readonly message: string }
  /** The run is in the ledger, its proxy and its bottle are up. */
  | {
      readonly kind: "run-started"
      readonly slug: Slug
      readonly isResumed: boolean
      /** Absent when the bottle or its proxy ended before the test. */
      readonly selfTest?: readonly SelfTestFinding[]
    }
  /** The agent itself runs. */
  | { readonly kind: "agent-started"; readonly slug: Slug }
  | { readonly kind: "workspace-skipped"; readonly entries: readonly SkippedEntry[] }
  /** Of a bound folder, relative to it: covered, since they may hold secrets. */
  | { readonly kind: "workspace-hidden"; readonly paths: readonly string[] }
  /** Something in the home stood where a file of ours belongs; it has a new name, relative to the home. */
  | { readonly kind: "set-aside"; readonly path: string }
  /** A resumed run whose agent had not begun a conversation. */
  | { readonly kind: "no-conversation" }
  /** Nothing came on stdin for so long, and the agent's has been closed. */
  | { readonly kind: "input-idle"; readonly timeoutMs: number }
  | {
      readonly kind: "proxy-report"
      readonly slug: Slug
      readonly policy: ShutdownPolicy
      readonly report: ProxyReport
    }
  /** The operator's `notify` was not told of a question. It stands all the same. */
  | {
      readonly kind: "notify-failed"
      readonly slug: Slug
      readonly question: number
      readonly problem: string
      /** It is not tried again. */
      readonly isLast: boolean
    }
  /** A command that only reads goes by what the ledger holds; what has ended since may not be in it. */
  | { readonly kind: "ledger-behind"; readonly problem: string }
  /** And this run is not to blame. */
  | { readonly kind: "disk-nearly-full"; readonly root: string; readonly freeBytes: number }
  | { readonly kind: "run-ended"; readonly end: SessionEnd }
  /** A freeze that this process asked for. */
  | { readonly kind: "shutdown-step"; readonly slug: Slug; readonly step: ShutdownStep }

export type ShutdownStep = "closing-egress" | "stopping" | "stopping-without-launcher" | "done"

/** The differences from a run's last launch. */
export type LaunchChange =
  | { readonly kind: "routes" }
  | { readonly kind: "manifests" }
  | { readonly kind: "budgets" }
  | { readonly kind: "policy"; readonly now: ShutdownPolicy; readonly was: ShutdownPolicy }
  /** Undefined: a toolchain that is not, or was not, there or known. */
  | {
      readonly kind: "toolchain"
      readonly provider: string
      readonly now: string | undefined
      readonly was: string | undefined
    }

/** A login that ends soon: from then on its provider answers 401. */
export interface LoginEnd {
  /** A file, as shown to people. */
  readonly name: string
  readonly atMs: number
  /** The command that renews it, on the host. */
  readonly renew: string
}

export interface SessionEnd {
  readonly slug: Slug
  readonly exitCode: number
  readonly cause: EndCause
  /** The budget that stopped it, when one did. */
  readonly budget?: BudgetState
  /** The run's folder; its files are gone after a kill. */
  readonly stateFolder: string
  /** Whether changes in a copy of the operator's folder wait to be applied. */
  readonly hasCopy: boolean
  /** Processes that were ended over the memory limit. */
  readonly memoryStops: number
  /** The operator's folder, when the agent worked in it itself. */
  readonly bound: BoundEnd | undefined
  /** Absent when it could not be taken: nothing depends on it. */
  readonly tally?: SessionTally
}

/** Figures for the last line of a session. */
export interface SessionTally {
  readonly durationMs: number
  /** Absent without a copy to compare, or when the comparison would take long. */
  readonly changes?: ChangeTally
  /** Absent when the session made no metered request. */
  readonly usage?: Pick<UsageRow, "requests" | "chargedTokens" | "costMicroUsd" | "unpricedRequests">
  /** Of the budget of money that governs the run, as far as it is used now. Absent: none does. */
  readonly money?: { readonly usedMicroUsd: number; readonly limitMicroUsd: number }
  /** By the bottle's list of hosts; most often refused first. */
  readonly refused: readonly RefusedHost[]
  /** To which a refused host can be added. Absent for a bottle without a file. */
  readonly bottle?: string
}

export interface RefusedHost {
  readonly host: string
  readonly port: number
  readonly count: number
}

export interface BoundEnd {
  readonly quarantined: readonly { readonly path: string; readonly to: string; readonly why: string }[]
  readonly problems: readonly string[]
}

export type EndCause =
  /** The agent ended by itself. */
  | { readonly kind: "agent" }
  /** The caller aborted the run. */
  | { readonly kind: "aborted"; readonly by: string }
  | { readonly kind: "frozen" | "killed"; readonly by: ShutdownCause }
  /** A freeze or kill that could not be concluded; the run was ended. */
  | { readonly kind: "shutdown-failed"; readonly shutdown: "freeze" | "kill" }
  /** The host replaced or removed what protected the operator's folder. */
  | { readonly kind: "unprotected"; readonly path: string }
  /** The process that watches the operator's folder died. */
  | { readonly kind: "unguarded"; readonly folder: string }
  | { readonly kind: "proxy-died"; readonly why: string }
  /** The launcher's stdin, which the agent got, could not be read to its end. */
  | { readonly kind: "input-failed"; readonly why: string }

export type ShutdownCause =
  | { readonly kind: "budget" }
  | { readonly kind: "operator" }
  | { readonly kind: "watchdog" }
  | { readonly kind: "login-expired"; readonly login: ExpiredLogin }
  /** Its provider refuses it until then. */
  | { readonly kind: "parked"; readonly provider: string; readonly untilMs: number }
  | { readonly kind: "disk"; readonly finding: DiskCause; readonly isRecorded: boolean }

/** A login that ended while its run ran, and could not be renewed. */
export interface ExpiredLogin {
  /** A file, as shown to people. */
  readonly name: string
  readonly why: string
  /** The command that logs in again, on the host. */
  readonly renew: string
}

export type DiskCause =
  | {
      readonly kind: "over-limit"
      readonly limitBytes: number
      readonly heldBytes: number
      readonly stateFolder: string
    }
  | {
      readonly kind: "fills-disk"
      readonly freeBytes: number
      readonly recentBytes: number
      readonly root: string
      readonly stateFolder: string
    }
