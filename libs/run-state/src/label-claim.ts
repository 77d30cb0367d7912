// Keeps the labels of running runs apart.
//
// A label is claimed for as long as its launcher lives (claim.ts).

import { join } from "node:path"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import { type ClaimResult, claim, clearDeadClaims } from "@bot-bottle/kernel"
import { numberedLabel } from "./slug.ts"

export interface LabelClaim {
  readonly root: string
  readonly label: string
  readonly launcher: ProcessIdentity
}

export function claimLabel({ root, label, launcher }: LabelClaim): ClaimResult {
  return claim(labelClaims(root), label, launcher)
}

/** Claims of launchers that are dead; how many there are. */
export function clearDeadLabels(root: string, options: { readonly dryRun: boolean }): number {
  return clearDeadClaims(labelClaims(root), options)
}

function labelClaims(root: string): string {
  return join(root, "state", ".labels")
}

/** The label itself when it is free, else the first free of `-2`, `-3`, …; claimed either way. */
export function claimFreeLabel({ root, label, launcher }: LabelClaim): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? label : numberedLabel(label, number)
    if (claimLabel({ root, label: candidate, launcher }) === "claimed") return candidate
  }
}
