// One answer to one question, however it is given: by a command, or in the list on a terminal.
//
// `always` shows the lines of the bottle's file that change and wants a yes. The answer comes before the file is
// written: an answer that does not count writes nothing.

import {
  type AnswerChannel,
  type ApprovalDuration,
  type Ask,
  formatAsk,
  formatCount,
  OperatorProblem,
  type Proposal,
} from "@bot-bottle/contracts"
import { type Answered, answerQuestion, weighApproval } from "@bot-bottle/control"
import type { Ledger } from "@bot-bottle/ledger"
import { RISK_WORDS, stateOf } from "@bot-bottle/supervise"
import { reloadRunsOf, showChange, writeChange } from "../bottles/edit-bottle.ts"
import type { Host } from "../host.ts"
import { confirmWrite } from "../terminal/confirm-write.ts"
import type { Question } from "./show-questions.ts"

export interface Approval {
  readonly proposal: Proposal
  /** The ask as it is granted. */
  readonly ask: Ask
  readonly duration: ApprovalDuration
  readonly reason: string | undefined
  readonly channel: AnswerChannel
  /** The bottle may be written without a question. */
  readonly mayWrite: boolean
}

/** The exit code. Nothing is changed when the operator leaves a question. */
export async function approve(host: Host, ledger: Ledger, approval: Approval): Promise<number> {
  const { screen } = host
  const { proposal, ask, duration, channel } = approval
  const { risks } = await weighApproval(host, ledger, proposal, { ask, duration })
  const given = approval.reason ?? ""
  const reason = given === "" && risks.length > 0 && screen.isInteractive ? await askReason(host, risks) : given
  if (reason === undefined) return 0

  const lasting = duration === "always" ? await planFor(host, ledger, proposal, ask) : undefined
  if (lasting?.change !== undefined) {
    showChange(screen, lasting.change)
    const without = `bot-bottle supervise approve ${proposal.id} --for always --yes`
    if (!(await confirmWrite(screen, { given: approval.mayWrite, question: "Write it?", without }))) return 0
  }
  const answered = await answerQuestion(host, ledger, {
    ...{ decision: "approved", duration, proposalId: proposal.id, reason, channel },
    ...(JSON.stringify(ask) === JSON.stringify(proposal.ask) ? {} : { editedAsk: ask }),
  })
  printAnswered(host, answered)
  if (answered.raise !== undefined) await noteHowToContinue(host, ledger, proposal)
  if (lasting === undefined) return 0
  if (lasting.change !== undefined) writeAfterAnswer(proposal, lasting.change)
  return reloadRunsOf(host, lasting.bottle)
}

export async function reject(
  host: Host,
  ledger: Ledger,
  { proposal, reason, channel }: Pick<Approval, "proposal" | "channel"> & { readonly reason: string },
): Promise<number> {
  const wish = { decision: "rejected", proposalId: proposal.id, reason, channel } as const
  printAnswered(host, await answerQuestion(host, ledger, wish))
  return 0
}

export function printAnswered({ screen }: Host, { proposal, raise }: Answered): void {
  const { id, slug, answer } = proposal
  const how = answer.duration === undefined ? answer.decision : `${answer.decision} (${answer.duration})`
  screen.print(`#${id} ${how}: ${formatAsk(answer.ask)} for ${slug}`)
  if (raise === undefined) return
  const { scope, provider, limitTokens } = raise.limit
  const before = raise.limitBefore === undefined ? "" : `${formatCount(raise.limitBefore)} → `
  screen.print(`${scope.kind}:${scope.key} ${provider}: ${before}${formatCount(limitTokens)} tokens`)
}

/** A limit alone does not start what was stopped for the old one. */
async function noteHowToContinue({ screen }: Host, ledger: Ledger, { slug }: Proposal): Promise<void> {
  const status = (await ledger.findRun(slug))?.status
  if (status === "cut") screen.note(`bot-bottle: its network is cut off; to restore it: bot-bottle restore ${slug}`)
  if (status === "frozen") screen.note(`bot-bottle: it is frozen; to resume it: bot-bottle resume ${slug}`)
}

/** Its run may have ended since: the question then is expired. */
export async function loadStanding(ledger: Ledger, proposal: Proposal): Promise<Question> {
  const runStatus = (await ledger.findRun(proposal.slug))?.status ?? "ended"
  return { proposal, state: stateOf(proposal, { nowMs: Date.now(), runStatus }) }
}

async function planFor(host: Host, ledger: Ledger, { slug }: Proposal, ask: Ask) {
  const { planLasting } = await import("./plan-always.ts")
  const run = await ledger.findRun(slug)
  return planLasting(host, run ?? { slug, bottles: [] }, [ask])
}

async function askReason({ screen }: Host, risks: readonly (keyof typeof RISK_WORDS)[]): Promise<string | undefined> {
  for (const risk of risks) screen.note(screen.notePaint.named("yellow", RISK_WORDS[risk]))
  const { askText } = await import("../terminal/pickers.ts")
  const reason = await askText("Reason to approve it")
  if (reason === undefined) screen.note("Cancelled.")
  return reason
}

function writeAfterAnswer({ slug }: Proposal, change: Parameters<typeof writeChange>[0]): void {
  try {
    writeChange(change)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new OperatorProblem(`approved for this run, but the bottle's file is unchanged: ${why}`, {
      hint: `write it from the run: bot-bottle edit --adopt ${slug}`,
    })
  }
}
