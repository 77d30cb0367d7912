// Says of a place that no route lets the run reach which command of the operator's changes that.

import type { Authority, Denial, DenialReason, Slug } from "@bot-bottle/contracts"
import { describeDenial, LISTED } from "./describe-denial.ts"
import { hostHeader, type Scheme } from "./wire/place.ts"

export interface RefusedPlace {
  readonly slug: Slug
  readonly authority: Authority
  readonly scheme: Scheme
}

/** As describeDenial, for a place that no route lets the run reach: the hint is the operator's command. */
export function describeUnlisted(reason: DenialReason, { slug, authority, scheme }: RefusedPlace): Denial {
  const place = hostHeader(authority, scheme)
  const denial = describeDenial(reason, place)
  if (reason === "host-not-allowed" || reason === "port-not-allowed") {
    const command = `bot-bottle allow ${slug} ${place}${scheme === "http" ? " --http" : ""}`
    return { ...denial, hint: `The operator can allow it while the run continues: '${command}'. ${LISTED}.` }
  }
  // The route is narrow on purpose: it is not widened unseen.
  if (reason === "method-or-path-not-allowed")
    return {
      ...denial,
      hint: `'bot-bottle why ${slug}' shows the operator the smallest edit that allows it. ${LISTED}.`,
    }
  return denial
}
