// One question of the run, as its agent reads it: how it stands, and the operator's own words.

import type { Proposal } from "@bot-bottle/contracts"
import { isGranted } from "@bot-bottle/supervise"

export function describeProposal(proposal: Proposal, nowMs: number): object {
  const { id, ask, why, askedAtMs, expiresAtMs, answer } = proposal
  const { kind, ...asked } = answer?.decision === "approved" ? answer.ask : ask
  const base = { id, kind, ask: asked, ...(why === "" ? {} : { why }), asked_at: isoTime(askedAtMs) }
  if (answer === undefined) return { ...base, state: expiresAtMs <= nowMs ? "expired" : "pending" }
  const { decision, duration, reason, answeredAtMs } = answer
  return {
    ...base,
    state: decision,
    ...(duration === undefined ? {} : { for: duration, holds_now: isGranted(proposal, nowMs) }),
    ...(reason === "" ? {} : { reason }),
    answered_at: isoTime(answeredAtMs),
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
