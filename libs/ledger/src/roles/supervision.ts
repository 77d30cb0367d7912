// The ledger's part where an agent's questions and its operator's answers meet. Both are rows that
// are added and never changed; each is an audit row as well, in the same transaction.
//
// The proxy proposes and reads answers. Commands, the dashboard and `notify` answer. Nobody waits
// inside the ledger: the proxy asks `answersAfter` again, which costs one indexed look.

import type { Proposal, ProposalAnswer, Slug } from "@bot-bottle/contracts"
import type { AnswerDecision, AnswerWish, NewAnswer, ProposalDecision } from "@bot-bottle/supervise"
import type { Actor } from "./budgets.ts"

export interface SupervisionLedger {
  /**
   * Puts a question before the operator. A question that stands already is returned instead. The caps of a run are
   * kept in the same transaction, whichever processes ask.
   */
  propose(proposal: NewProposal, by: Actor): Promise<ProposeResult>
  /** The first answer stands. A refused one changes nothing. */
  answerProposal(answer: NewAnswer): Promise<AnswerResult>
  findProposal(id: number): Promise<Proposal | undefined>
  /** Everything that the run asked for, oldest first. */
  proposalsOf(slug: Slug): Promise<readonly Proposal[]>
  /** Of every run of this host, oldest first. */
  pendingProposals(): Promise<readonly Proposal[]>
  /** The newest first, in any state. */
  listProposals(query: { readonly limit: number }): Promise<readonly Proposal[]>
  /** The run's proposals that were answered after the answer `afterSeq`, in the order of the answers. 0: all of them. */
  answersAfter(slug: Slug, afterSeq: number): Promise<readonly AnsweredProposal[]>

  /** Makes the hash of a token good for one answer to one proposal. */
  addAnswerToken(token: NewAnswerToken): Promise<void>
  /** Answers by a token, once. Each refusal is an audit row. */
  answerByToken(answer: TokenAnswer): Promise<TokenAnswerResult>
  /** The answer that the token would give; undefined for an unknown one. */
  findAnswerToken(hash: string): Promise<AnswerToken | undefined>
}

export interface NewProposal extends Pick<Proposal, "slug" | "ask" | "why"> {
  /** How long the question stands. */
  readonly lifetimeMs: number
}

export type ProposeResult =
  | { readonly outcome: "asked"; readonly proposal: Proposal }
  | Exclude<ProposalDecision, { readonly outcome: "ask" }>

export type AnsweredProposal = Proposal & { readonly answer: ProposalAnswer }

export type AnswerResult =
  | { readonly outcome: "answered"; readonly proposal: AnsweredProposal }
  | { readonly outcome: "refused"; readonly reason: "unknown-proposal" }
  | Exclude<AnswerDecision, { readonly outcome: "answer" }>

export interface AnswerToken {
  readonly proposalId: number
  /** Never `always`: the change of the bottle must be seen first. */
  readonly wish: AnswerWish
}

export interface NewAnswerToken extends AnswerToken {
  /** SHA-256 of the token, in hex. The token itself is never stored. */
  readonly hash: string
}

export interface TokenAnswer extends Actor {
  readonly hash: string
  readonly reason: string
}

export type TokenAnswerResult = AnswerResult | { readonly outcome: "refused"; readonly reason: "unknown-token" }
