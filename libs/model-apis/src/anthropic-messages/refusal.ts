// Says no in Anthropic's own error shape, so that real clients stop and show our words.
//
// Measured on Claude Code 2.1 and Pi 0.73: 402 `billing_error` ends the request at once and
// prints the message; 401, 429 and 5xx are retried for a minute. In a stream, an `error`
// event is followed by one unstreamed retry, which then meets the 402.

import type { Denial, DenialReason, JsonObject } from "@bot-bottle/contracts"
import { createRefusals, denialWords, spentStatus } from "../refusal.ts"

export const messagesRefusals = createRefusals({
  status: (reason) => spentStatus(reason) ?? (BADLY_SAID_AS_403.has(reason) ? 400 : undefined),
  body: errorOf,
  ending: (denial, status) => `event: error\ndata: ${JSON.stringify(errorOf(denial, status))}\n\n`,
})

/** The agent can continue without these. Claude Code takes a 403 for its credential's fault, and says that instead. */
const BADLY_SAID_AS_403: ReadonlySet<DenialReason> = new Set(["dlp-match", "host-not-allowed", "endpoint-not-metered"])

function errorOf(denial: Denial, status: number): JsonObject {
  const { reason, hint } = denial
  return { type: "error", error: { type: errorType(status), message: denialWords(denial), reason, hint } }
}

function errorType(status: number): string {
  if (status === 402) return "billing_error"
  if (status === 403) return "permission_error"
  if (status === 413) return "request_too_large"
  if (status === 429) return "rate_limit_error"
  return status < 500 ? "invalid_request_error" : "api_error"
}
