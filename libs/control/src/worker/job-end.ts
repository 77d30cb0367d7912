// Decides how a job ended, from the end of its run and from what was asked of the worker meanwhile.
//
//   INV-48  A run that ended by itself ends its job, also while the worker is asked to stop: another
//           worker would run finished work again.

import type { JobOutcome } from "@bot-bottle/ledger"
import type { SessionEnd } from "../events.ts"
import type { LaunchEnd } from "../launch-verbs.ts"

export type JobEnd =
  | JobOutcome
  /** The worker ended the run, or nothing began: the work is not done, and another worker takes the job. */
  | { readonly outcome: "interrupted" }
  /** The job is sound, and this host is not. */
  | { readonly outcome: "unable"; readonly message: string }

const INTERRUPTED = { outcome: "interrupted" } as const
/** Exit codes above it are signals. */
const SIGNALLED = 128

/** `isStopped`: the launch was asked to end before it returned. */
export function decideJobEnd(launched: LaunchEnd, { isStopped }: { readonly isStopped: boolean }): JobEnd {
  switch (launched.outcome) {
    case "stopped":
      return INTERRUPTED
    case "declined":
      return { outcome: "failed", error: "nothing was launched" }
    case "ended": {
      const { exitCode, slug } = launched.end
      return isStopped && isCutShort(launched.end) ? INTERRUPTED : { outcome: "done", exitCode, slug }
    }
  }
}

/** A terminal sends its signal to the agent's processes as well, and the agent may be gone before the stop is seen. */
function isCutShort({ cause, exitCode }: Pick<SessionEnd, "cause" | "exitCode">): boolean {
  return cause.kind === "aborted" || (cause.kind === "agent" && exitCode > SIGNALLED)
}
