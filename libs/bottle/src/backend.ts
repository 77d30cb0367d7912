// The seam between bot-bottle and whatever isolates: bubblewrap, Docker. One conformance
// suite runs against every implementation.

import type { ProcessIdentity, Slug } from "@bot-bottle/contracts"
import type { BottlePlan } from "./plan.ts"

export interface Backend {
  readonly name: string
  /** What works and what does not, without launching anything lasting. */
  probe(): Promise<Probe>
  /** Throws OperatorProblem (exit code 3) when the bottle cannot be built. Never runs on the host instead. */
  launch(plan: BottlePlan, stdio: BottleStdio): Promise<Bottle>
  /** Ends everything in the bottle whose main process this is, whatever it ignores. Idempotent. */
  kill(process: ProcessIdentity): Promise<void>
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
  /** The agent gets the launcher's own stdin, stdout and stderr. */
  | { readonly kind: "inherit" }
  /** The agent gets a PTY of its own, relayed to the launcher's terminal. */
  | { readonly kind: "terminal" }
  /** For tests and `exec`: pipes. */
  | { readonly kind: "pipe" }

export interface Bottle {
  readonly slug: Slug
  /** The host process whose end is the bottle's end. */
  readonly process: ProcessIdentity
  /** The agent's exit code; 128 + n when signal n ended it. */
  readonly exited: Promise<number>
  /** With `pipe` stdio. */
  readonly stdout?: ReadableStream<Uint8Array>
  readonly stderr?: ReadableStream<Uint8Array>
  kill(): Promise<void>
}
