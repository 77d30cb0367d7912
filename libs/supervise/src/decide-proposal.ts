// Whether a run may put one more question before its operator.
//
// An agent that asks without end must not bury a question that matters, nor fill the ledger. Held
// requests are counted apart: a program that probes hosts must not use up what the agent may ask.

import type { Ask, Proposal, RunStatus } from "@bot-bottle/contracts"
import { stateOf } from "./standing.ts"
import { subjectOf } from "./subject-of.ts"

/** Of one run, over its whole life. */
export const MAX_PROPOSALS = 20
export const MAX_PENDING = 3
/** How long a question stands whose asker does not wait for it. A held request says its own time. */
export const ASK_LIFETIME_MS = 24 * 60 * 60_000

export type CapReason = "too-many-proposals" | "too-many-pending"

export type ProposalDecision =
  | { readonly outcome: "ask" }
  /** The same question stands already. */
  | { readonly outcome: "standing"; readonly proposal: Proposal }
  | { readonly outcome: "refused"; readonly reason: CapReason | "run-ended" }

/** `earlier`: everything that the run has asked for so far. */
export function decideProposal(
  ask: Ask,
  earlier: readonly Proposal[],
  now: { readonly nowMs: number; readonly runStatus: RunStatus },
): ProposalDecision {
  if (now.runStatus === "ended" || now.runStatus === "killed") return { outcome: "refused", reason: "run-ended" }
  const subject = subjectOf(ask)
  const pending = earlier.filter((proposal) => stateOf(proposal, now) === "pending")
  const standing = pending.find((proposal) => subjectOf(proposal.ask) === subject)
  if (standing !== undefined) return { outcome: "standing", proposal: standing }

  const isHold = ask.kind === "hold"
  const counted = (proposals: readonly Proposal[]) => proposals.filter((p) => (p.ask.kind === "hold") === isHold).length
  if (counted(earlier) >= MAX_PROPOSALS) return { outcome: "refused", reason: "too-many-proposals" }
  if (counted(pending) >= MAX_PENDING) return { outcome: "refused", reason: "too-many-pending" }
  return { outcome: "ask" }
}
