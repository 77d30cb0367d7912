// Keeps two `apply` of one run apart: each would take the other's drafts for leftovers.

import { join } from "node:path"
import type { ProcessIdentity, Slug } from "@bot-bottle/contracts"
import { type ClaimResult, claim } from "@bot-bottle/kernel"

/** Holds until the process ends. */
export function claimApply(root: string, slug: Slug, holder: ProcessIdentity): ClaimResult {
  return claim(join(root, "state", ".applies"), slug, holder)
}
