// What a request that got no answer from upstream is told.

import type { Denial } from "@bot-bottle/contracts"
import { describeDenial } from "../denial-words.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import type { SendResult } from "./send.ts"

export function describeUnsent(
  sent: Exclude<SendResult, { outcome: "answered" }>,
  egress: EgressSwitch,
  place: string,
): Denial {
  if (sent.outcome === "refused") return describeDenial(sent.reason, place)
  // Aborted by a cut, or by a client that is gone and will not read this.
  return egress.cutState?.metered ?? describeDenial("upstream-unreachable", place)
}
