// Questions of agents as a table for people and as rows for machines. The agent chose the words: they are shown as data.

import {
  formatAge,
  formatAsk,
  formatTime,
  type Proposal,
  type ProposalState,
  sanitizeLine,
} from "@bot-bottle/contracts"
import type { Screen } from "../terminal/screen.ts"
import { type Column, formatTable } from "../terminal/table.ts"

export interface Question {
  readonly proposal: Proposal
  readonly state: ProposalState
}

/** Keys are API. */
export function questionJson({ proposal, state }: Question) {
  const { id, slug, ask, why, askedAtMs, expiresAtMs, answer } = proposal
  return {
    id,
    slug,
    kind: ask.kind,
    ask,
    why,
    asked_at: formatTime(askedAtMs),
    expires_at: formatTime(expiresAtMs),
    state,
    granted: answer?.decision === "approved" ? answer.ask : null,
    duration: answer?.duration ?? null,
    reason: answer === undefined || answer.reason === "" ? null : answer.reason,
    answered_by: answer?.actor ?? null,
    answered_at: answer === undefined ? null : formatTime(answer.answeredAtMs),
  }
}

export function questionTable(
  questions: readonly Question[],
  { width }: Pick<Screen, "width">,
  nowMs: number,
): readonly string[] {
  const isAnswered = questions.some(({ state }) => state !== "pending")
  const columns: readonly Column[] = [
    { title: "#", align: "right" },
    { title: "WAITS", align: "right" },
    { title: "ASKS FOR" },
    { title: "WHAT", minWidth: 16 },
    { title: "RUN", minWidth: 12, dropOrder: 2 },
    { title: "WHY", minWidth: 12, dropOrder: 3 },
    ...(isAnswered ? [{ title: "ANSWER", minWidth: 10, dropOrder: 1 }] : []),
  ]
  const rows = questions.map((question) => {
    const { id, ask, slug, why, askedAtMs, answer } = question.proposal
    const waited = (answer?.answeredAtMs ?? nowMs) - askedAtMs
    const cells = [String(id), formatAge(waited), ask.kind, formatAsk(ask), slug, sanitizeLine(why)]
    return isAnswered ? [...cells, describeState(question)] : cells
  })
  return formatTable(columns, rows, { width })
}

/** `approved (run) by ana` */
export function describeState({ state, proposal: { answer } }: Question): string {
  if (answer === undefined) return state
  const duration = answer.duration === undefined ? "" : ` (${answer.duration})`
  return `${state}${duration} by ${sanitizeLine(answer.actor)}`
}
