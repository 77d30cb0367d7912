// The ledger's part that keeps names apart: one living process of a host holds a name. A dead
// holder never blocks.

import type { ProcessIdentity } from "@bot-bottle/contracts"

export interface ClaimsLedger {
  /** Held until the holder dies or releases it. Claiming again as the same holder succeeds. */
  claim(claim: Claim, isAlive: (process: ProcessIdentity) => boolean): Promise<"claimed" | "taken">
  /** Does nothing when another process holds it. */
  releaseClaim(claim: Claim): Promise<void>
}

export interface Claim {
  /** `label`: of a running run. `apply`: one `apply` of a run at a time. */
  readonly kind: "label" | "apply"
  readonly name: string
  readonly holder: ProcessIdentity
}
