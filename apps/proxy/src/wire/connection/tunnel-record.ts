// Records at most one denial for a tunnel that carried no request: it was refused before its first,
// or its client left before it read the refusal.
//
// Requests inside a tunnel are recorded by its site.

import { type Authority, type DenialReason, INTERNAL_HOST } from "@bot-bottle/contracts"
import type { EventLog } from "../../event-log.ts"
import type { Admission } from "../../tunnel-policy.ts"

export interface Tunnel {
  readonly authority: Authority
  readonly admission: Exclude<Admission, { outcome: "refuse" }>
}

export class TunnelRecord {
  readonly #events: EventLog
  /** A request in this tunnel was answered, or its denial is recorded already. */
  #isRecorded = false

  constructor(events: EventLog) {
    this.#events = events
  }

  /** From now on the tunnel's site records every request. */
  answered(): void {
    this.#isRecorded = true
  }

  denied(tunnel: Tunnel | undefined, reason: DenialReason): void {
    if (tunnel === undefined || this.#isRecorded) return
    this.#isRecorded = true
    const { admission, authority } = tunnel
    // The self-test tries it before the agent runs, and nothing leaves by it.
    if (authority.host === INTERNAL_HOST) return
    const refused = admission.outcome === "inspect" ? admission.denial?.reason : undefined
    this.#events.recordDenied({ reason: refused ?? reason, host: authority.host, port: authority.port })
  }

  /** The tunnel is over. Its requests would have been refused, and none came. */
  over(tunnel: Tunnel | undefined): void {
    const admission = tunnel?.admission
    if (admission?.outcome !== "inspect" || admission.denial === undefined) return
    this.denied(tunnel, admission.denial.reason)
  }
}
