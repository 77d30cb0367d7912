// Words the refusal of a request that was held. The operator's own reason is passed on: the agent
// is to read it.

import { type Denial, type DenialReason, sanitizeLine } from "@bot-bottle/contracts"
import { type DlpDenial, describeDenial, describeDlpMatch } from "../describe-denial.ts"
import type { HoldEnd } from "./held-requests.ts"

/** The same of a request in which the data loss rules found something. */
export function describeHeldMatch(
  end: Exclude<HoldEnd, { outcome: "approved" }>,
  place: string,
  detector: string,
): DlpDenial {
  const plain = describeDlpMatch(place, detector)
  if (end.outcome !== "rejected" && end.outcome !== "unanswered") return plain
  const { reason, message, hint } = describeHold(end, place, "dlp-match", undefined)
  const said = end.outcome === "rejected" ? message : "The operator was asked and has not answered yet."
  return { reason: reason as DlpDenial["reason"], detector, message: `${plain.message} ${said}`, hint }
}

const MAX_REASON = 300

/** `reason`: of a run in which nobody is asked. `cut`: the refusal of a run that is cut off now. */
export function describeHold(
  end: Exclude<HoldEnd, { outcome: "approved" }>,
  place: string,
  reason: DenialReason,
  cut: Denial | undefined,
): Denial {
  switch (end.outcome) {
    case "rejected": {
      const words = sanitizeLine(end.reason).slice(0, MAX_REASON)
      const denial = describeDenial("approval-denied", place)
      return { ...denial, message: `${denial.message.slice(0, -1)} (#${end.id})${words === "" ? "." : `: ${words}`}` }
    }
    case "unanswered": {
      if (end.id === undefined) return describeDenial("awaiting-approval", place)
      const denial = describeDenial("awaiting-approval", place)
      return { ...denial, hint: `Try again later; 'ask status' says what became of question #${end.id}.` }
    }
    case "unasked":
      return describeDenial(reason, place)
    case "cut":
      return cut ?? describeDenial(reason, place)
  }
}
