// The forge and the issue that a launch is for. The caller hands it in; no manifest names it, and
// only its numbers are written down.

import type { Secret } from "@bot-bottle/contracts"

export interface ForgeContext {
  /** With `/api/v1`. */
  readonly api: string
  readonly token: Secret
  readonly owner: string
  readonly repo: string
  /** Null: the run may read, and writes to nothing. */
  readonly issueNumber: number | null
  readonly prNumber: number | null
  /** Never the same for two launches. */
  readonly launchId: string
}
