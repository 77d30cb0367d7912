// Judges what an agent may ask its operator for: is the ask valid, may the run ask now, how does
// it stand, which answers need a reason. Pure. Nothing here opens a route: the proxy does, by an
// answer in the ledger.

export { type AnswerDecision, type AnswerWish, decideAnswer, durationsOf, type NewAnswer } from "./decide-answer.ts"
export {
  ASK_LIFETIME_MS,
  type CapReason,
  decideProposal,
  MAX_PENDING,
  MAX_PROPOSALS,
  type ProposalDecision,
} from "./decide-proposal.ts"
export { decideRaise, type RaiseDecision, type RaiseFacts, type Standing } from "./decide-raise.ts"
export { type AskResult, checkAsk, MAX_TEXT_BYTES, parseAsk, parseWhy } from "./parse-ask.ts"
export { findRisks, RISK_WORDS, type Risk, type RiskFacts } from "./risks.ts"
export { grantsOf, isGranted, ONCE_MS, stateOf } from "./standing.ts"
export { subjectOf } from "./subject-of.ts"
