// Whether an operator's answer counts. It counts once, in time, and for what was asked: an edit
// stays of the same kind.

import type { AnswerChannel, ApprovalDuration, Ask, Proposal, ProposalAnswer, RunStatus } from "@bot-bottle/contracts"
import { stateOf } from "./standing.ts"

export type AnswerWish =
  | { readonly decision: "approved"; readonly duration: ApprovalDuration }
  | { readonly decision: "rejected" }

export type NewAnswer = AnswerWish & {
  readonly proposalId: number
  /** The ask as the operator changed it; the ask itself when absent. */
  readonly editedAsk?: Ask
  /** Empty when the operator gave none. */
  readonly reason: string
  readonly actor: string
  readonly channel: AnswerChannel
}

/** For how long each kind can be granted. A limit is the run's; no bottle's file lets a credential leave. */
export function durationsOf(ask: Ask): readonly ApprovalDuration[] {
  switch (ask.kind) {
    case "route":
      return ["once", "run", "always"]
    case "hold":
      return ask.cause === "host-not-allowed" ? ["once", "run", "always"] : ["once", "run"]
    case "budget":
    case "tool":
      return ["run"]
  }
}

export type AnswerDecision =
  | { readonly outcome: "answer"; readonly ask: Ask }
  | { readonly outcome: "refused"; readonly reason: "expired" | "other-kind" | "other-duration" }
  /** Somebody was faster: their answer stands. */
  | { readonly outcome: "refused"; readonly reason: "answered"; readonly answer: ProposalAnswer }

export function decideAnswer(
  proposal: Proposal,
  wish: AnswerWish & Pick<NewAnswer, "editedAsk">,
  now: { readonly nowMs: number; readonly runStatus: RunStatus },
): AnswerDecision {
  if (proposal.answer !== undefined) return { outcome: "refused", reason: "answered", answer: proposal.answer }
  if (stateOf(proposal, now) === "expired") return { outcome: "refused", reason: "expired" }
  const ask = wish.editedAsk ?? proposal.ask
  if (ask.kind !== proposal.ask.kind) return { outcome: "refused", reason: "other-kind" }
  const isOffered = wish.decision === "rejected" || durationsOf(ask).includes(wish.duration)
  return isOffered ? { outcome: "answer", ask } : { outcome: "refused", reason: "other-duration" }
}
