// Says no in Anthropic's own error shape, so that real clients stop and show our words.
//
// Measured on Claude Code 2.1 and Pi 0.73: 402 `billing_error` ends the request at once and
// prints the message; 401, 429 and 5xx are retried for a minute. In a stream, an `error`
// event is followed by one unstreamed retry, which then meets the 402.

import { DENIAL_STATUS, type Denial, type DenialReason } from "@bot-bottle/contracts"

export function denialAnswer(denial: Denial): { readonly status: number; readonly body: string } {
  return { status: denialStatus(denial.reason), body: JSON.stringify(errorOf(denial)) }
}

export function streamEnding(denial: Denial): Uint8Array {
  return new TextEncoder().encode(`event: error\ndata: ${JSON.stringify(errorOf(denial))}\n\n`)
}

function errorOf({ reason, message, hint }: Denial) {
  const words = hint === "" ? message : `${message.replace(/\.$/, "")}. ${hint}`
  return { type: "error", error: { type: errorType(denialStatus(reason)), message: words, reason, hint } }
}

function denialStatus(reason: DenialReason): number {
  if (reason === "budget-exhausted" || reason === "cut-off") return 402
  // What the agent can go on without: the real client takes a 403 for its credential's fault, and says that instead.
  if (reason === "dlp-match" || reason === "host-not-allowed") return 400
  return DENIAL_STATUS[reason]
}

function errorType(status: number): string {
  if (status === 402) return "billing_error"
  if (status === 403) return "permission_error"
  if (status === 413) return "request_too_large"
  return status < 500 ? "invalid_request_error" : "api_error"
}
