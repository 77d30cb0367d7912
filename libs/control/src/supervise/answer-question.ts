// Answers a question of an agent: the row in the ledger, then the limit that it raises, then a poke
// of the run's proxy, which reads its answers.
//
// The row comes first, so that a second answer changes nothing. A proxy that misses the poke finds
// the row by its own look.

import {
  formatAge,
  OperatorProblem,
  type Proposal,
  type ProposalAnswer,
  runFolders,
  sanitizeLine,
} from "@bot-bottle/contracts"
import type { AnsweredProposal, AnswerResult, Ledger, TokenAnswerResult } from "@bot-bottle/ledger"
import { type AnswerWish, durationsOf, type NewAnswer, RISK_WORDS } from "@bot-bottle/supervise"
import { requestProxy } from "../client/control-socket.ts"
import type { ControlHost, HostEnv } from "../host.ts"
import { hashToken } from "./answer-token.ts"
import { type Raise, weighApproval } from "./weigh-approval.ts"

export interface Answered {
  readonly proposal: AnsweredProposal
  readonly raise: Raise | undefined
}

/** The actor is the host's operator. */
export type QuestionAnswer = AnswerWish & Pick<NewAnswer, "proposalId" | "editedAsk" | "reason" | "channel">

/** Throws OperatorProblem when the answer does not count, or cannot be given. */
export async function answerQuestion(
  host: Pick<ControlHost, "env">,
  ledger: Ledger,
  answer: QuestionAnswer,
): Promise<Answered> {
  const proposal = await loadQuestion(ledger, answer.proposalId)
  const ask = answer.editedAsk ?? proposal.ask
  const raise = await weigh(host, ledger, proposal, { ...answer, ask })
  const result = await ledger.answerProposal({ ...answer, actor: host.env.operator })
  return await carryOut(host, ledger, answered(result, proposal), raise)
}

/** The same for an answer from outside. The token says which question, and what the answer is. */
export async function answerByToken(
  host: Pick<ControlHost, "env">,
  ledger: Ledger,
  { token, reason }: { readonly token: string; readonly reason: string },
): Promise<Answered> {
  const hash = hashToken(token)
  const known = await ledger.findAnswerToken(hash)
  const proposal = known && (await ledger.findProposal(known.proposalId))
  const raise =
    known && proposal && proposal.answer === undefined
      ? await weigh(host, ledger, proposal, { ...known.wish, ask: proposal.ask, reason })
      : undefined
  const result = await ledger.answerByToken({ hash, reason, actor: host.env.operator })
  return await carryOut(host, ledger, answered(result, proposal), raise)
}

/** Throws OperatorProblem for a number that no question has. */
export async function loadQuestion(ledger: Pick<Ledger, "findProposal">, id: number): Promise<Proposal> {
  const proposal = await ledger.findProposal(id)
  if (proposal !== undefined) return proposal
  throw new OperatorProblem(`there is no question #${id}`, { hint: "see 'bot-bottle supervise --once --all'" })
}

type Weighed = Pick<NewAnswer, "decision" | "reason"> & { readonly ask: Proposal["ask"]; readonly duration?: string }

async function weigh(
  host: Pick<ControlHost, "env">,
  ledger: Ledger,
  proposal: Proposal,
  { decision, ask, duration, reason }: Weighed,
): Promise<Raise | undefined> {
  if (decision === "rejected" || ask.kind !== proposal.ask.kind) return undefined
  const given = durationsOf(ask).find((each) => each === duration)
  // Refused with the rest of what the ledger refuses.
  if (given === undefined) return undefined
  const { risks, raise } = await weighApproval(host.env, ledger, proposal, { ask, duration: given })
  const [risk] = risks
  if (risk !== undefined && reason.trim() === "") {
    throw new OperatorProblem(`an approval needs a reason: ${RISK_WORDS[risk]}`, {
      exitCode: 2,
      hint: "add --reason '…'",
    })
  }
  return raise
}

async function carryOut(
  { env }: Pick<ControlHost, "env">,
  ledger: Ledger,
  proposal: AnsweredProposal,
  raise: Raise | undefined,
): Promise<Answered> {
  if (proposal.answer.decision === "approved" && raise !== undefined) await setLimit(env, ledger, raise)
  await requestProxy(runFolders(env.root, proposal.slug).egress, "answers")
  return { proposal, raise }
}

/** The answer stands whatever becomes of this: the operator is told what is left to do. */
async function setLimit({ operator }: HostEnv, ledger: Ledger, { limit }: Raise): Promise<void> {
  try {
    await ledger.setBudget(limit, { actor: operator })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const window = limit.window === "total" ? "" : ` --window ${limit.window}`
    throw new OperatorProblem(`approved, but the limit was not raised: ${why}`, {
      hint: `bot-bottle budget set run:${limit.scope.key} ${limit.provider} ${limit.limitTokens}${window}`,
    })
  }
}

function answered(result: AnswerResult | TokenAnswerResult, asked: Proposal | undefined): AnsweredProposal {
  if (result.outcome === "answered") return result.proposal
  const what = asked === undefined ? "the question" : `question #${asked.id}`
  const hint = "see 'bot-bottle supervise --once --all'"
  switch (result.reason) {
    case "unknown-token":
      throw new OperatorProblem("invalid token", { hint: "a token answers one question, as it was sent by 'notify'" })
    case "unknown-proposal":
      throw new OperatorProblem(`${what} is not there`, { hint })
    case "answered":
      throw new OperatorProblem(`${what} is answered already: ${describeAnswer(result.answer)}`, { hint })
    case "expired":
      throw new OperatorProblem(`${what} has expired`, { hint: "the agent may ask again" })
    case "other-kind":
      throw new OperatorProblem("an edit cannot turn a question into one of another kind", { exitCode: 2 })
    case "other-duration": {
      const offered = asked === undefined ? [] : durationsOf(asked.ask)
      throw new OperatorProblem(`${what} cannot be approved for so long`, {
        exitCode: 2,
        hint: `use --for ${offered.join(", --for ")}`,
      })
    }
  }
}

function describeAnswer({ decision, duration, actor, answeredAtMs }: ProposalAnswer): string {
  const how = duration === undefined ? decision : `${decision} (${duration})`
  return `${how} by ${sanitizeLine(actor)} ${formatAge(Date.now() - answeredAtMs)} ago`
}
