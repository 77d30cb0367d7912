// The seam between bot-bottle and whatever isolates: bubblewrap, Docker. One conformance
// suite runs against every implementation.

import type { ProcessIdentity, Slug } from "@bot-bottle/contracts"
import type { GuestControls, OutputStream, TerminalSize } from "@bot-bottle/guest"
import type { LimitReport } from "./limits/limits.ts"
import type { BottlePlan, PlanLimits } from "./plan.ts"

export interface Backend {
  readonly name: string
  /** Reports which parts work, without launching anything lasting. */
  probe(): Promise<Probe>
  /** The limits that this host can enforce, for the preflight. */
  describeLimits(limits: PlanLimits): readonly LimitReport[]
  /**
   * Makes ready, once and before anything of a run exists, what takes long and is kept: an image. `image` is what
   * flags and manifests name. Returns what belongs into the plan. Throws OperatorProblem.
   */
  prepare(image: string | undefined, onProgress: (what: string) => void): Promise<string | undefined>
  /** Throws OperatorProblem (exit code 3) when the bottle cannot be built. Never runs on the host instead. */
  launch(plan: BottlePlan, stdio: BottleStdio): Promise<Bottle>
  /** Ends everything in the bottle whose main process this is, whatever it ignores. Idempotent. */
  kill(process: ProcessIdentity): Promise<void>
  /**
   * For a bottle whose launcher cannot do it any more: stops everything in it and keeps what it wrote in its run's
   * folders, from which `launch` builds it again. Idempotent.
   */
  freeze(process: ProcessIdentity): Promise<void>
  /**
   * Everything there is of this host folder's bottles, of living launchers and of dead ones. Throws
   * OperatorProblem when it cannot be said; nothing is found where the backend is not installed.
   */
  enumerate(root: string): Promise<readonly FoundBottle[]>
  /** Ends what was found, if it runs, and removes what is kept of it outside the run's folders. Idempotent. */
  cleanup(found: FoundBottle): Promise<void>
}

export interface FoundBottle {
  readonly slug: string
  /** As of `Bottle`. Dead: nobody is left to end or to remove it. */
  readonly process: ProcessIdentity
  readonly isRunning: boolean
  /** In the backend's own words, for a person: `container 0f3a…`. */
  readonly what: string
}

export interface Probe {
  readonly usable: boolean
  readonly findings: readonly ProbeFinding[]
}

export interface ProbeFinding {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
  /** Without it the backend works, with less. */
  readonly isOptional?: true
  /** The command that fixes it. */
  readonly fix?: string
}

export type BottleStdio =
  /** The agent's stdin, stdout and stderr are relayed from and to the launcher's. A terminal on stdin is not read. */
  | {
      readonly kind: "inherit"
      /**
       * The launcher's stdin cannot be read any more. The agent waits for the rest of it: it must not take a part for
       * the whole. Called once at most.
       */
      readonly onInputFailed: (error: unknown) => void
      readonly onOutput?: OutputTap
      readonly idleInput?: IdleInput
    }
  /**
   * Nothing of the launcher's: it takes what the agent writes, and slows it down by taking its time. With `terminal`
   * the agent gets a PTY of its own and `Bottle.input` writes to it; without, its stdin is empty.
   */
  | { readonly kind: "relayed"; readonly terminal?: TerminalSize; readonly onOutput: OutputSink }
  /** For tests: pipes. `stdin` is sent and then closed. */
  | { readonly kind: "pipe"; readonly stdin?: Uint8Array }

/** For an agent that reads its stdin to the end before it begins: whoever started us may hold a pipe open for nothing. */
export interface IdleInput {
  /**
   * When nothing has come on the launcher's stdin for so long, the agent's is closed. Input that
   * begins in time is waited for.
   */
  readonly timeoutMs: number
  onClosed(): void
}

/** Takes each chunk the agent writes; the next comes when it is done with one. */
export type OutputSink = (bytes: Uint8Array, stream: OutputStream) => Promise<void>

/** Sees each chunk the agent writes, after it was passed on. The bytes are the tap's for the call only. */
export type OutputTap = (bytes: Uint8Array, stream: OutputStream) => void

export interface Bottle extends GuestControls {
  readonly slug: Slug
  /** The host process whose end is the bottle's end. */
  readonly process: ProcessIdentity
  /** The agent's exit code, once its output has been relayed; 128 + n when signal n ended it. */
  readonly exited: Promise<number>
  /** How many processes were ended because the bottle held more memory than its limit. */
  memoryStops(): number
  /** With `pipe` stdio. */
  readonly stdout?: ReadableStream<Uint8Array>
  readonly stderr?: ReadableStream<Uint8Array>
  /** Resolves when nothing of the bottle runs. */
  kill(): Promise<void>
  /**
   * Lets the agent write down what it holds, for a moment, then stops everything. Its files are
   * kept in the run's folders, from which `launch` builds the bottle again.
   */
  freeze(): Promise<void>
}
