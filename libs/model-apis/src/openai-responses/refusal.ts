// Says no in OpenAI's own error shape, so that real clients stop and show our words.
//
// Measured on Codex 0.169: 400 with code `invalid_prompt` ends the turn at once and prints the
// message, over HTTP, on a socket and inside a stream. It retries or replaces 402, 403 and 429. On
// a socket an error without a status is passed over, and the client waits for ever.

import { DENIAL_STATUS, type Denial, type DenialReason, type JsonObject } from "@bot-bottle/contracts"
import { createRefusals, denialWords, openAiError } from "../refusal.ts"

export const responsesRefusals = createRefusals({
  status: statusOf,
  body: (denial, status) => ({ error: errorOf(denial, status) }),
  ending: (denial, status) =>
    `event: response.failed\ndata: ${JSON.stringify({ type: "response.failed", response: failed(denial, status) })}\n\n`,
})

export function socketDenial(denial: Denial): string {
  const status = statusOf(denial.reason)
  return JSON.stringify({ type: "error", status, error: errorOf(denial, status) })
}

function failed(denial: Denial, status: number): JsonObject {
  const { reason, hint } = denial
  const { code } = errorOf(denial, status)
  const error = { code, message: denialWords(denial), reason, hint }
  return { id: "resp_bot_bottle", object: "response", status: "failed", error, output: [], usage: null }
}

function errorOf(denial: Denial, status: number): JsonObject {
  if (denial.reason === "fan-out-limit") return openAiError(denial, "rate_limit_error", "rate_limit_exceeded")
  return status === 400
    ? openAiError(denial, "invalid_request_error", "invalid_prompt")
    : openAiError(denial, "server_error", denial.reason.replaceAll("-", "_"))
}

/** A refusal that is worth trying again later keeps its status. */
function statusOf(reason: DenialReason): number {
  return DENIAL_STATUS[reason] >= 429 ? DENIAL_STATUS[reason] : 400
}
