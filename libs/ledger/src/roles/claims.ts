// The ledger's part that keeps names apart: one living process of a host holds a name. A dead
// holder never blocks.

import type { ProcessIdentity } from "@bot-bottle/contracts"

export interface ClaimsLedger {
  /** Held until the holder dies or releases it. */
  claim(claim: Claim, isAlive: (process: ProcessIdentity) => boolean): Promise<ClaimResult>
  /** Does nothing when another process holds it. */
  releaseClaim(claim: Claim): Promise<void>
}

/** `held`: by this very holder, which may have several runs. `taken`: by another living process. */
export type ClaimResult = "claimed" | "held" | "taken"

export interface Claim {
  /**
   * `label`: of a running run. `apply`: one `apply` of a run at a time. `bind`: one run in an operator's folder.
   * `toolchain`: one installation of a version. `fleet`: this host's talk with a shared ledger. `login`: one renewal of a
   * login. `resume`: one process resumes a parked run. `orchestrate`: one orchestrator keeps a repository's issues.
   */
  readonly kind: "label" | "apply" | "bind" | "toolchain" | "fleet" | "login" | "resume" | "orchestrate"
  readonly name: string
  readonly holder: ProcessIdentity
}
