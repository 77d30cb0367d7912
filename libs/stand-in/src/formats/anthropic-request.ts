// Reads what the stand-in needs from the body of a Messages request.

import type { ModelCall } from "./format.ts"
import { countJsonTokens, findLastUserText, parseObject } from "./json-text.ts"

export function parseMessages(body: string, path: string): ModelCall | { readonly problem: string } {
  const parsed = parseObject(body)
  if (parsed === undefined) return { problem: "The request body is not valid JSON" }
  const { model, messages, max_tokens: maxTokens, stream, system, tools } = parsed
  if (typeof model !== "string" || model === "") return { problem: "model: Field required" }
  if (!Array.isArray(messages) || messages.length === 0)
    return { problem: "messages: at least one message is required" }
  if (!Number.isInteger(maxTokens)) return { problem: "max_tokens: Field required" }
  return {
    model,
    path,
    stream: stream === true,
    maxTokens: Number(maxTokens),
    lastUserText: findLastUserText(messages),
    prefixTokens: countJsonTokens(system, tools),
    conversationTokens: countJsonTokens(messages),
    asksForCaching: body.includes('"cache_control"'),
  }
}
