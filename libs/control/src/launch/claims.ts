// Claims among this host's processes, as rows of the ledger: labels, a folder to work in, the turn
// to install a toolchain, the turn to apply.

import { numberedLabel, type ProcessIdentity } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { Claim, ClaimResult, ClaimsLedger } from "@bot-bottle/ledger"

export function claimLabel(ledger: ClaimsLedger, label: string, launcher: ProcessIdentity): Promise<ClaimResult> {
  return ledger.claim({ kind: "label", name: label, holder: launcher }, isProcessAlive)
}

/** The label itself when it is free, else the first free of `-2`, `-3`, …; claimed either way. */
export async function claimFreeLabel(ledger: ClaimsLedger, label: string, launcher: ProcessIdentity): Promise<string> {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? label : numberedLabel(label, number)
    if ((await claimLabel(ledger, candidate, launcher)) === "claimed") return candidate
  }
}

export function releaseLabel(ledger: ClaimsLedger, label: string, launcher: ProcessIdentity): Promise<void> {
  return ledger.releaseClaim({ kind: "label", name: label, holder: launcher })
}

/** A turn that one run at a time has, also among several runs of this process. */
export function turnOf(ledger: ClaimsLedger, kind: Claim["kind"], holder: ProcessIdentity) {
  return {
    take: async (name: string) => (await ledger.claim({ kind, name, holder }, isProcessAlive)) === "claimed",
    release: (name: string) => ledger.releaseClaim({ kind, name, holder }),
  }
}
