// Which requests of a run wait for its operator, as a bottle says it and its proxy obeys it.

import type { Dlp } from "./route.ts"

export const UNLISTED_RULES = ["ask", "refuse"] as const
/** The fate of a request to a host that is not listed. */
export type UnlistedRule = (typeof UNLISTED_RULES)[number]

export const MATCH_RULES = ["ask", "refuse"] as const
/** The fate of a request that the data loss rules would refuse. */
export type MatchRule = (typeof MATCH_RULES)[number]

export const DEFAULT_ASK_TIMEOUT_MS = 20_000
export const MAX_ASK_TIMEOUT_MS = 120_000

export interface SuperviseRules {
  readonly onUnlisted: UnlistedRule
  readonly onMatch: MatchRule
  /** How long one request waits. */
  readonly askTimeoutMs: number
  /** For a host that the operator lets through. Absent: the default. */
  readonly dlp?: Dlp
}
