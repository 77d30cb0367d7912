// A proposal as its row holds it, read back. Asks are JSON, so they are parsed by their schema.

import type { ApprovalDuration, Ask, Proposal, ProposalAnswer, RunStatus } from "@bot-bottle/contracts"
import { parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { askSchema, MAX_ASK_JSON } from "@bot-bottle/contracts/messages/shapes/proposal-shapes"
import type { AnswerToken } from "../roles/supervision.ts"

export interface ProposalRow {
  id: number
  slug: string
  run_status: RunStatus
  ask: string
  why: string
  asked_at_ms: number
  expires_at_ms: number
  seq: number | null
  decision: ProposalAnswer["decision"] | null
  duration: ApprovalDuration | null
  granted: string | null
  reason: string | null
  actor: string | null
  channel: ProposalAnswer["channel"] | null
  answered_at_ms: number | null
}

export interface TokenRow {
  proposal_id: number
  decision: ProposalAnswer["decision"]
  duration: "once" | "run" | null
}

export function wishFrom({ decision, duration }: TokenRow): AnswerToken["wish"] {
  return decision === "approved" ? { decision, duration: duration ?? "once" } : { decision }
}

export function proposalFrom(row: ProposalRow): Proposal {
  const { id, slug, why, asked_at_ms: askedAtMs, expires_at_ms: expiresAtMs } = row
  const answer = answerFrom(row)
  return { id, slug, ask: askFrom(row.ask), why, askedAtMs, expiresAtMs, ...(answer && { answer }) }
}

function answerFrom(row: ProposalRow): ProposalAnswer | undefined {
  const { seq, decision, duration, granted, reason, actor, channel, answered_at_ms: answeredAtMs } = row
  if (seq === null || decision === null || granted === null || reason === null) return undefined
  if (actor === null || channel === null || answeredAtMs === null) return undefined
  const answer = { seq, decision, ask: askFrom(granted), reason, actor, channel, answeredAtMs }
  return duration === null ? answer : { ...answer, duration }
}

function askFrom(text: string): Ask {
  const parsed = parseMessage(askSchema, text, { maxLength: MAX_ASK_JSON })
  if (parsed.outcome === "invalid")
    throw new Error(`The ledger holds an ask that this build cannot read: ${parsed.problem}`)
  return parsed.message
}
