// Says no in the error shape that clients of Chat Completions and its sisters read.
//
// A started stream ends as one whose answer was filtered, with our words as its last text: clients
// then neither run a half-sent tool call nor ask again.

import type { Denial, JsonObject } from "@bot-bottle/contracts"
import { createRefusals, denialWords, openAiError, type Refusals, spentStatus } from "../refusal.ts"

/** `choice` is how this API's streams carry a text. */
export function createOpenAiRefusals(object: string, choice: (text: string) => JsonObject): Refusals {
  return createRefusals({
    status: spentStatus,
    body: (denial, status) => ({ error: openAiError(denial, errorType(status), denial.reason.replaceAll("-", "_")) }),
    ending: (denial) => `data: ${JSON.stringify(lastChunk(denial, object, choice))}\n\ndata: [DONE]\n\n`,
  })
}

export const chatRefusals = createOpenAiRefusals("chat.completion.chunk", (content) => ({ delta: { content } }))

function lastChunk(denial: Denial, object: string, choice: (text: string) => JsonObject): JsonObject {
  const last = { index: 0, ...choice(`\n\n${denialWords(denial)}`), logprobs: null, finish_reason: "content_filter" }
  return { id: "chatcmpl-bot-bottle", object, created: 0, model: "bot-bottle", choices: [last] }
}

function errorType(status: number): string {
  if (status === 402) return "billing_error"
  if (status === 429) return "rate_limit_error"
  return status < 500 ? "invalid_request_error" : "server_error"
}
