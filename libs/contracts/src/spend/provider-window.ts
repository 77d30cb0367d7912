// One window that a provider limits an account by, as its newest answer described it.

import type { ProviderName } from "./budget.ts"

/** The action when a provider refuses a run for the rest of a window. */
export const ON_LIMIT_RULES = ["refuse", "park"] as const
export type OnLimit = (typeof ON_LIMIT_RULES)[number]

export interface ProviderWindow {
  readonly provider: ProviderName
  /** Which account, as far as the host tells them apart: a login's id, or empty for a key. */
  readonly account: string
  /** The provider's own name: `5h`, `7d`, `primary`; `retry` for a refusal that names a time and no window. */
  readonly name: string
  /** Of 1000; absent when the provider does not say. */
  readonly usedPermille?: number
  /** Until it resets, requests are refused. */
  readonly isSpent: boolean
  readonly resetsAtMs?: number
  readonly seenAtMs: number
}
