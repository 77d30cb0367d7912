// Says no in OpenAI's own error shape, so that real clients stop and show our words.
//
// Measured on Codex 0.169: 400 with code `invalid_prompt` ends the turn at once and prints the
// message, over HTTP, on a socket and inside a stream; 402, 403 and 429 are retried or replaced.
// On a socket an error without a status is passed over, and the client waits for ever.

import { DENIAL_STATUS, type Denial } from "@bot-bottle/contracts"
import { denialWords, openAiError } from "../openai-tokens/openai-error.ts"

export function denialAnswer(denial: Denial): { readonly status: number; readonly body: string } {
  return { status: denialStatus(denial), body: JSON.stringify({ error: errorOf(denial) }) }
}

export function streamEnding(denial: Denial): Uint8Array {
  const response = {
    id: "resp_bot_bottle",
    object: "response",
    status: "failed",
    error: { code: errorOf(denial).code, message: denialWords(denial), reason: denial.reason, hint: denial.hint },
    output: [],
    usage: null,
  }
  const event = { type: "response.failed", response }
  return new TextEncoder().encode(`event: response.failed\ndata: ${JSON.stringify(event)}\n\n`)
}

export function socketDenial(denial: Denial): string {
  return JSON.stringify({ type: "error", status: denialStatus(denial), error: errorOf(denial) })
}

function errorOf(denial: Denial) {
  return denialStatus(denial) === 400
    ? openAiError(denial, "invalid_request_error", "invalid_prompt")
    : openAiError(denial, "server_error", denial.reason.replaceAll("-", "_"))
}

/** What is worth trying again later keeps its status. */
function denialStatus({ reason }: Denial): number {
  return DENIAL_STATUS[reason] >= 429 ? DENIAL_STATUS[reason] : 400
}
