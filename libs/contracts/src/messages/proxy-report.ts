// A line on a proxy's stdout: how the launcher learns of its start, its failures, and of budgets.

import * as v from "valibot"
import { WINDOWS } from "../spend/budget.ts"
import { boundedText, count, name, nonEmptyText } from "./shapes/bounds.ts"
import { scopeSchema } from "./shapes/budget-shapes.ts"
import type { MessageOf } from "./shapes/parse-message.ts"

export const MAX_PROXY_REPORT = 256 * 1024

const budgetStateSchema = v.object({
  provider: name(),
  scope: scopeSchema,
  limitTokens: count(),
  usedTokens: count(),
  /** Of requests that are still open. */
  reservedTokens: count(),
  /** The most that the refused request may cost, in the limit's unit; 0 where none was weighed. */
  requestAmount: count(),
  window: v.picklist(WINDOWS),
  /** True when a ceiling of settings.yml binds, which `budget set` does not raise. */
  isCeiling: v.boolean(),
})

export const proxyReportSchema = v.variant("kind", [
  v.object({ kind: v.literal("ready") }),
  v.object({
    kind: v.literal("failed"),
    message: boundedText(64 * 1024),
    hint: v.exactOptional(boundedText(4_096)),
  }),
  v.object({ kind: v.literal("warning"), percent: v.picklist([80, 90, 95]), budget: budgetStateSchema }),
  v.object({ kind: v.literal("budget-exhausted"), budget: budgetStateSchema }),
  v.object({ kind: v.literal("ledger-unavailable"), message: boundedText(64 * 1024) }),
  /** The provider refuses the account until then, and the run is to wait for it. */
  v.object({ kind: v.literal("limit-spent"), provider: name(), resetsAtMs: count() }),
  /** A provider answered 401 to the access token of this login. */
  v.object({ kind: v.literal("login-refused"), login: nonEmptyText(64) }),
  /** The egress was cut off after so many requests that carried a credential of the host's. */
  v.object({ kind: v.literal("dlp-limit"), matches: count() }),
  /** Requests to a provider's host do not arrive there, or a connection to it takes long. Told once, until one does. */
  v.object({
    kind: v.literal("provider-away"),
    host: nonEmptyText(8_192),
    reason: v.picklist(["no-answer-yet", "upstream-unreachable", "upstream-tls"]),
  }),
  v.object({ kind: v.literal("provider-back"), host: nonEmptyText(8_192) }),
])

export type ProxyReport = MessageOf<typeof proxyReportSchema>
export type BudgetState = MessageOf<typeof budgetStateSchema>
