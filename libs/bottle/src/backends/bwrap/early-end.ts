// A bottle that is killed while it is started: files of /proc and of its cgroup then fail in ways of
// their own, which would read like faults of ours.

import { OperatorProblem, type ProcessIdentity } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"

/** `tree`: every process of the bottle before its agent. Each has to live until then. */
export function explainEarlyEnd(error: unknown, tree: readonly ProcessIdentity[]): unknown {
  return error instanceof OperatorProblem || tree.every(isProcessAlive) ? error : bottleEnded(error)
}

export function bottleEnded(cause: unknown): OperatorProblem {
  return new OperatorProblem("the bottle ended before its agent was started", {
    cause,
    hint: "something on this host ended it, such as a lack of memory; start it again",
  })
}
