// Words the refusal of a request that was held. The operator's own reason is passed on: the agent
// is to read it.

import { type Denial, sanitizeLine } from "@bot-bottle/contracts"
import { describeDenial } from "../denial-words.ts"
import type { HoldEnd } from "./held-requests.ts"

const MAX_REASON = 300

/** `plain`: the refusal of a run in which nobody is asked. `cut`: of a run that is cut off now. */
export function describeHold(
  end: Exclude<HoldEnd, { outcome: "approved" }>,
  place: string,
  { plain, cut }: { readonly plain: Denial; readonly cut: Denial | undefined },
): Denial {
  switch (end.outcome) {
    case "rejected": {
      const reason = sanitizeLine(end.reason).slice(0, MAX_REASON)
      const denial = describeDenial("approval-denied", place)
      return { ...denial, message: `${denial.message.slice(0, -1)} (#${end.id})${reason === "" ? "." : `: ${reason}`}` }
    }
    case "unanswered": {
      if (end.id === undefined) return describeDenial("awaiting-approval", place)
      const denial = describeDenial("awaiting-approval", place)
      return { ...denial, hint: `Try again later; 'ask status' says what became of question #${end.id}.` }
    }
    case "unasked":
      return plain
    case "cut":
      return cut ?? plain
  }
}
