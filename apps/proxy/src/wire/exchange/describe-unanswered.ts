// Words the refusal of a request that got no answer from upstream.

import type { Denial } from "@bot-bottle/contracts"
import { describeDenial } from "../../describe-denial.ts"
import type { EgressSwitch } from "../../egress-switch.ts"
import type { Unanswered } from "../passage.ts"

export function describeUnanswered(why: Unanswered, egress: Pick<EgressSwitch, "cutState">, place: string): Denial {
  switch (why.kind) {
    case "not-dialled":
      return describeDenial(why.reason, place)
    case "stopped":
      return why.denial
    case "no-answer":
    case "bad-answer":
      return describeBadAnswer(why.detail, place)
    case "cut":
    case "client":
      // A client that is gone does not read this.
      return egress.cutState?.metered ?? describeDenial("upstream-unreachable", place)
  }
}

export function describeBadAnswer(detail: string, place: string): Denial {
  const denial = describeDenial("upstream-unreachable", place)
  return { ...denial, message: `${denial.message} It was dialled, but ${detail}.` }
}
