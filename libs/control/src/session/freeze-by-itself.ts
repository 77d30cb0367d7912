// A freeze that nobody asked for: the run's login has ended, or its provider's own limit is spent.
// Egress closes at once, and the step is on record before it is begun.

import type { FreezeReason, Slug } from "@bot-bottle/contracts"
import type { EnforcementAction, EnforcementLedger } from "@bot-bottle/ledger"
import { requestProxy } from "../client/control-socket.ts"

export interface OwnFreeze {
  readonly reason: FreezeReason
  readonly provider: string
  /** Of `parked`: when the provider's window resets. */
  readonly untilMs?: number
}

export async function freezeByItself(
  ledger: EnforcementLedger,
  { slug, egressFolder }: { readonly slug: Slug; readonly egressFolder: string },
  freeze: OwnFreeze,
): Promise<void> {
  // A ledger that cannot be written now gets the step at the end of the session.
  await Promise.allSettled([ledger.beginEnforcement(stepOf(slug, freeze)), requestProxy(egressFolder, "cutoff")])
}

export function stepOf(slug: Slug, { reason, provider, untilMs }: OwnFreeze): EnforcementAction {
  return {
    slug,
    kind: "freeze",
    trigger: "watchdog",
    reason,
    provider,
    actor: "bot-bottle",
    ...(untilMs === undefined ? {} : { untilMs }),
  }
}
