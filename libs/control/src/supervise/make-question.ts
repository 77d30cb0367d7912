// A question as `notify` sends it: the agent's words as data, and a token for each answer. The
// tokens leave this process in it, and nowhere else.

import { type Ask, formatAsk, formatTime, OperatorProblem, type Proposal } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { type AnswerWish, durationsOf, type Risk } from "@bot-bottle/supervise"
import type { HostEnv } from "../host.ts"
import { createToken, hashToken } from "./answer-token.ts"
import { weighApproval } from "./weigh-approval.ts"

/** Keys are API: people write programs that read it. */
export interface SentQuestion {
  readonly v: 1
  readonly id: number
  readonly slug: string
  readonly label: string
  readonly agent: string
  readonly kind: Ask["kind"]
  readonly ask: Ask
  /** The ask in one line, without control characters. */
  readonly summary: string
  readonly why: string
  readonly asked_at: string
  readonly expires_at: string
  readonly risks: readonly Risk[]
  /** An approval by token then wants `--reason`. */
  readonly needs_reason: boolean
  readonly tokens: Readonly<Partial<Record<AnswerName, string>>>
  /** To paste on this host. */
  readonly commands: Readonly<Partial<Record<AnswerName, string>>>
}

export type AnswerName = "approve_once" | "approve_run" | "reject"

export interface Asker {
  readonly label: string
  readonly agent: string
}

export async function makeQuestion(
  env: Pick<HostEnv, "root">,
  ledger: Ledger,
  proposal: Proposal,
  { label, agent }: Asker,
): Promise<SentQuestion> {
  const { id, slug, ask, why, askedAtMs, expiresAtMs } = proposal
  const risks = await findRisksOf(env, ledger, proposal)
  const answers = listAnswers(ask)
  const tokens = new Map<AnswerName, string>()
  for (const [name, wish] of answers) {
    const token = createToken()
    await ledger.addAnswerToken({ hash: hashToken(token), proposalId: id, wish })
    tokens.set(name, token)
  }
  const needsReason = risks.length > 0
  return {
    ...{ v: 1, id, slug, label, agent, kind: ask.kind, ask, summary: formatAsk(ask), why },
    ...{ asked_at: formatTime(askedAtMs), expires_at: formatTime(expiresAtMs), risks, needs_reason: needsReason },
    tokens: Object.fromEntries(tokens),
    commands: Object.fromEntries(
      [...tokens].map(([name, token]) => [name, commandOf(token, needsReason && name !== "reject")]),
    ),
  }
}

function commandOf(token: string, needsReason: boolean): string {
  return `bot-bottle supervise answer ${token}${needsReason ? " --reason '…'" : ""}`
}

/** `always` is not among them: the change of the bottle must be seen. */
function listAnswers(ask: Ask): readonly (readonly [AnswerName, AnswerWish])[] {
  const offered = durationsOf(ask)
  return [
    ...(offered.includes("once") ? [["approve_once", { decision: "approved", duration: "once" }] as const] : []),
    ["approve_run", { decision: "approved", duration: "run" }],
    ["reject", { decision: "rejected" }],
  ]
}

/** An approval that cannot be given, such as one above a ceiling, is told of when it is tried. */
async function findRisksOf(env: Pick<HostEnv, "root">, ledger: Ledger, proposal: Proposal): Promise<readonly Risk[]> {
  try {
    return (await weighApproval(env, ledger, proposal, { ask: proposal.ask, duration: "run" })).risks
  } catch (error) {
    if (error instanceof OperatorProblem) return []
    throw error
  }
}
