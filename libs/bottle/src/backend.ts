// The seam between bot-bottle and whatever isolates: bubblewrap, Docker. One conformance
// suite runs against every implementation.

import type { ProcessIdentity, Slug } from "@bot-bottle/contracts"
import type { AgentSignal } from "./forwarder/lifeline.ts"
import type { LimitReport } from "./limits.ts"
import type { BottlePlan, PlanLimits } from "./plan.ts"

export interface Backend {
  readonly name: string
  /** What works and what does not, without launching anything lasting. */
  probe(): Promise<Probe>
  /** What this host can do about the limits, for the preflight. */
  describeLimits(limits: PlanLimits): readonly LimitReport[]
  /** Throws OperatorProblem (exit code 3) when the bottle cannot be built. Never runs on the host instead. */
  launch(plan: BottlePlan, stdio: BottleStdio): Promise<Bottle>
  /** Ends everything in the bottle whose main process this is, whatever it ignores. Idempotent. */
  kill(process: ProcessIdentity): Promise<void>
  /**
   * For a bottle whose launcher cannot do it any more: stops everything in it and keeps what it wrote in its run's
   * folders, from which `launch` builds it again. Idempotent.
   */
  freeze(process: ProcessIdentity): Promise<void>
}

export interface Probe {
  readonly usable: boolean
  readonly findings: readonly ProbeFinding[]
}

export interface ProbeFinding {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
  /** The command that mends it. */
  readonly fix?: string
}

export type BottleStdio =
  /** The agent's stdin, stdout and stderr are relayed from and to the launcher's. A terminal on stdin is not read. */
  | { readonly kind: "inherit"; readonly onOutput?: OutputTap }
  /** The agent gets a PTY of its own, relayed to the launcher's terminal. */
  | { readonly kind: "terminal"; readonly onOutput?: OutputTap }
  /** For tests and `exec`: pipes. `stdin` is sent and then closed. */
  | { readonly kind: "pipe"; readonly stdin?: Uint8Array }

/** Sees each chunk the agent writes, after it was passed on. The bytes are the tap's for the call only. */
export type OutputTap = (bytes: Uint8Array) => void

export interface Bottle {
  readonly slug: Slug
  /** The host process whose end is the bottle's end. */
  readonly process: ProcessIdentity
  /** The agent's exit code, once its output has been relayed; 128 + n when signal n ended it. */
  readonly exited: Promise<number>
  /** With `pipe` stdio. */
  readonly stdout?: ReadableStream<Uint8Array>
  readonly stderr?: ReadableStream<Uint8Array>
  /** Passed to the agent itself; it may ignore it. */
  signal(name: AgentSignal): void
  /** Resolves when nothing of the bottle runs. */
  kill(): Promise<void>
  /**
   * Lets the agent write down what it holds, for a moment, then stops everything. What it wrote is kept in its run's
   * folders, from which `launch` builds the bottle again.
   */
  freeze(): Promise<void>
}
