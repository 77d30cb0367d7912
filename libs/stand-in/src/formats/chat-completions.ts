// The Chat Completions format, which most other providers speak too. Pure.
//
// A stream says what it cost only in a last chunk, and only when the request asked for it.

import type { Usage } from "@bot-bottle/contracts"
import type { StandInReply } from "../exchange.ts"
import type { ModelCall, ModelFormat, ReplyHead } from "./format.ts"
import { countJsonTokens, findLastUserText, isObject, parseObject, pieces } from "./json-text.ts"
import { inputDetails, renderOpenAiError, wireInput } from "./openai-usage.ts"

export const chatCompletions: ModelFormat = {
  bills: (method, path) => method === "POST" && path.endsWith("/chat/completions"),
  parse,
  newId: (index) => `chatcmpl-standin${String(index).padStart(6, "0")}`,
  renderWhole,
  renderEvents,
  eventsType: "text/event-stream; charset=utf-8",
  renderError: renderOpenAiError,
}

function parse(body: string, path: string): ModelCall | { readonly problem: string } {
  const fields = parseObject(body)
  if (fields === undefined) return { problem: "We could not parse the JSON body of your request." }
  const { model, messages, tools, stream, max_tokens: older, max_completion_tokens: limit = older } = fields
  if (typeof model !== "string" || model === "") return { problem: "you must provide a model parameter" }
  if (!Array.isArray(messages)) return { problem: "Missing required parameter: 'messages'." }
  const options = fields["stream_options"]
  return {
    model,
    path,
    stream: stream === true,
    maxTokens: Number.isInteger(limit) ? Number(limit) : Number.MAX_SAFE_INTEGER,
    lastUserText: findLastUserText(messages),
    prefixTokens: countJsonTokens(tools),
    conversationTokens: countJsonTokens(messages),
    asksForCaching: false,
    asksForUsage: isObject(options) && options["include_usage"] === true,
  }
}

function renderWhole({ id, call }: ReplyHead, reply: StandInReply): string {
  const message = { role: "assistant", content: reply.text === "" ? null : reply.text, ...toolCalls(id, reply) }
  return JSON.stringify({
    ...head(id, call, "chat.completion"),
    service_tier: reply.serviceTier ?? "default",
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(reply) }],
    usage: wireUsage(reply.usage),
  })
}

function renderEvents({ id, call }: ReplyHead, reply: StandInReply): readonly string[] {
  const chunk = (delta: object, finish: string | null = null) => ({
    ...head(id, call, "chat.completion.chunk"),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(call.asksForUsage === true && { usage: null }),
  })
  const chunks: object[] = [
    chunk({ role: "assistant", content: "" }),
    ...pieces(reply.text).map((content) => chunk({ content })),
    ...(reply.toolUse === undefined ? [] : [chunk(toolCalls(id, reply, { index: 0 }))]),
    chunk({}, finishReason(reply)),
  ]
  if (call.asksForUsage === true)
    chunks.push({
      ...head(id, call, "chat.completion.chunk"),
      choices: [],
      service_tier: reply.serviceTier ?? "default",
      usage: wireUsage(reply.usage),
    })
  return [...chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`), "data: [DONE]\n\n"]
}

function head(id: string, { model }: ModelCall, object: string): object {
  return { id, object, created: 1_760_000_000, model }
}

function toolCalls(id: string, { toolUse }: StandInReply, more: object = {}): object {
  if (toolUse === undefined) return {}
  const called = { name: toolUse.name, arguments: JSON.stringify(toolUse.input) }
  return { tool_calls: [{ ...more, id: id.replace("chatcmpl-", "call_"), type: "function", function: called }] }
}

function finishReason({ toolUse }: StandInReply): string {
  return toolUse === undefined ? "stop" : "tool_calls"
}

function wireUsage(usage: Usage): object {
  return {
    prompt_tokens: wireInput(usage),
    completion_tokens: usage.outputTokens,
    total_tokens: wireInput(usage) + usage.outputTokens,
    prompt_tokens_details: inputDetails(usage),
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  }
}
