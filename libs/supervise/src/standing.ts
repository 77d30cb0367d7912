// How a proposal stands, and which of a run's approvals hold now. Nothing of this is stored: it
// follows from rows that never change, the clock and the run.

import type { Ask, Proposal, ProposalState, RunStatus } from "@bot-bottle/contracts"

/** How long an approval for `once` lets further requests through, after the held ones. */
export const ONCE_MS = 60_000

/** A question of a run that has ended is expired: nobody waits for its answer. */
export function stateOf(
  { answer, expiresAtMs }: Pick<Proposal, "answer" | "expiresAtMs">,
  { nowMs, runStatus }: { readonly nowMs: number; readonly runStatus: RunStatus },
): ProposalState {
  if (answer !== undefined) return answer.decision
  return expiresAtMs <= nowMs || runStatus === "ended" || runStatus === "killed" ? "expired" : "pending"
}

/** True while the approval lets its requests through. `once` holds for a short time after the answer. */
export function isGranted({ answer }: Pick<Proposal, "answer">, nowMs: number): boolean {
  if (answer?.decision !== "approved") return false
  return answer.duration !== "once" || nowMs < answer.answeredAtMs + ONCE_MS
}

/** The approvals of this run that hold now, in the order of the answers. */
export function grantsOf(proposals: readonly Proposal[], nowMs: number): readonly Ask[] {
  return proposals
    .filter((proposal) => isGranted(proposal, nowMs))
    .flatMap(({ answer }) => answer ?? [])
    .sort((a, b) => a.seq - b.seq)
    .map(({ ask }) => ask)
}
