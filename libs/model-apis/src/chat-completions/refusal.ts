// Says no in the error shape that clients of Chat Completions read. 402 is not retried by any that
// we know of; 403 and 429 are by some.
//
// A started stream ends as one whose answer was filtered, with our words as its last text: clients
// then neither run a half-sent tool call nor ask again.

import { DENIAL_STATUS, type Denial, type DenialReason } from "@bot-bottle/contracts"
import { denialWords, openAiError } from "../openai-tokens/openai-error.ts"

export function denialAnswer(denial: Denial): { readonly status: number; readonly body: string } {
  const status = denialStatus(denial.reason)
  const error = openAiError(denial, errorType(status), denial.reason.replaceAll("-", "_"))
  return { status, body: JSON.stringify({ error }) }
}

export function streamEnding(denial: Denial): Uint8Array {
  const choice = {
    index: 0,
    delta: { content: `\n\n${denialWords(denial)}` },
    logprobs: null,
    finish_reason: "content_filter",
  }
  const chunk = {
    id: "chatcmpl-bot-bottle",
    object: "chat.completion.chunk",
    created: 0,
    model: "bot-bottle",
    choices: [choice],
  }
  return new TextEncoder().encode(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`)
}

function denialStatus(reason: DenialReason): number {
  return reason === "budget-exhausted" || reason === "cut-off" ? 402 : DENIAL_STATUS[reason]
}

function errorType(status: number): string {
  if (status === 402) return "billing_error"
  return status < 500 ? "invalid_request_error" : "server_error"
}
