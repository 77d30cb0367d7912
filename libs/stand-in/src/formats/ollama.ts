// Ollama's own format: one JSON object, or one a line, the last of which has the usage. Pure.

import type { StandInReply } from "../exchange.ts"
import type { ModelCall, ModelFormat, ReplyHead } from "./format.ts"
import { countJsonTokens, findLastUserText, isObject, parseObject, pieces } from "./json-text.ts"
import { wireInput } from "./openai-usage.ts"

export const ollama: ModelFormat = {
  bills: (method, path) => method === "POST" && (path === "/api/chat" || path === "/api/generate"),
  parse,
  // On the wire an answer has none.
  newId: (index) => `ollama_standin${String(index).padStart(6, "0")}`,
  renderWhole: (head, reply) => JSON.stringify(lastOf(head, reply, reply.text)),
  renderEvents: (head, reply) =>
    [...pieces(reply.text).map((text) => lineOf(head, text)), lastOf(head, reply, "")].map(
      (line) => `${JSON.stringify(line)}\n`,
    ),
  eventsType: "application/x-ndjson",
  renderError: (_, message) => JSON.stringify({ error: message }),
}

function parse(body: string, path: string): ModelCall | { readonly problem: string } {
  const fields = parseObject(body)
  if (fields === undefined) return { problem: "invalid character in JSON" }
  const { model, messages, prompt, system, tools, options, stream } = fields
  if (typeof model !== "string" || model === "") return { problem: "model is required" }
  const limit = isObject(options) ? options["num_predict"] : undefined
  return {
    model,
    path,
    // Unlike elsewhere, an answer is a stream unless the request says otherwise.
    stream: stream !== false,
    maxTokens: Number.isInteger(limit) && Number(limit) > 0 ? Number(limit) : Number.MAX_SAFE_INTEGER,
    lastUserText: Array.isArray(messages) ? findLastUserText(messages) : String(prompt ?? ""),
    prefixTokens: countJsonTokens(system, tools),
    conversationTokens: countJsonTokens(messages ?? prompt),
    asksForCaching: false,
  }
}

function lineOf({ call }: ReplyHead, text: string): object {
  const said = call.path === "/api/chat" ? { message: { role: "assistant", content: text } } : { response: text }
  return { model: call.model, created_at: "2026-01-01T00:00:00Z", ...said, done: false }
}

function lastOf(head: ReplyHead, { usage, toolUse }: StandInReply, text: string): object {
  const line = lineOf(head, text)
  const called = toolUse && { tool_calls: [{ function: { name: toolUse.name, arguments: toolUse.input } }] }
  return {
    ...line,
    ...(called !== undefined && { message: { role: "assistant", content: text, ...called } }),
    done: true,
    done_reason: "stop",
    total_duration: 1_000_000,
    prompt_eval_count: wireInput(usage),
    eval_count: usage.outputTokens,
  }
}
