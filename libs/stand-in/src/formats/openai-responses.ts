// The OpenAI Responses format, written from the provider's side: one response as JSON, as the
// events of a stream, or as messages of a WebSocket, which are the same events. Pure.

import type { StandInReply } from "../exchange.ts"
import type { ModelCall, ModelFormat, ReplyHead } from "./format.ts"
import { countJsonTokens, findLastUserText, isObject, parseObject, pieces } from "./json-text.ts"
import { inputDetails, openAiError, renderOpenAiError, wireInput } from "./openai-usage.ts"

/** ChatGPT speaks it to Codex under its own prefix. */
const PLACES = ["/v1/responses", "/backend-api/codex/responses"]

export const openaiResponses: ModelFormat = {
  bills: (method, path) => method === "POST" && PLACES.includes(path),
  parse,
  newId: (index) => `resp_standin${String(index).padStart(6, "0")}`,
  renderWhole: (head, reply) => JSON.stringify(responseOf(head, reply, "completed")),
  renderEvents: (head, reply) =>
    eventsOf(head, reply).map((event) => `event: ${event["type"]}\ndata: ${JSON.stringify(event)}\n\n`),
  eventsType: "text/event-stream; charset=utf-8",
  renderError: renderOpenAiError,
}

/** Where a WebSocket carries responses. */
export function isResponsesSocket(path: string): boolean {
  return PLACES.includes(path)
}

/** Each string is one message. */
export function renderSocketEvents(head: ReplyHead, reply: StandInReply): readonly string[] {
  return eventsOf(head, reply).map((event) => JSON.stringify(event))
}

export function renderSocketError(status: number, message: string): string {
  return JSON.stringify({ type: "error", status, error: openAiError(status, message) })
}

function parse(body: string, path: string): ModelCall | { readonly problem: string } {
  const fields = parseObject(body)
  if (fields === undefined) return { problem: "We could not parse the JSON body of your request." }
  const { model, input, instructions, tools, stream, max_output_tokens: limit, previous_response_id: previous } = fields
  if (typeof model !== "string" || model === "") return { problem: "Missing required parameter: 'model'." }
  const isWarmUp = fields["generate"] === false
  if (typeof input !== "string" && !Array.isArray(input)) return { problem: "Missing required parameter: 'input'." }
  return {
    model,
    path,
    stream: stream === true,
    maxTokens: Number.isInteger(limit) ? Number(limit) : Number.MAX_SAFE_INTEGER,
    lastUserText: typeof input === "string" ? input : findLastUserText(input),
    prefixTokens: countJsonTokens(instructions, tools),
    conversationTokens: countJsonTokens(input),
    // Caching is automatic, and never billed for writing.
    asksForCaching: false,
    ...(typeof previous === "string" && { continues: previous }),
    ...(isWarmUp && { isWarmUp }),
  }
}

type Event = Readonly<Record<string, unknown>> & { readonly type: string }

function eventsOf(head: ReplyHead, reply: StandInReply): readonly Event[] {
  const events: Event[] = [
    { type: "response.created", response: responseOf(head, reply, "in_progress") },
    { type: "response.in_progress", response: responseOf(head, reply, "in_progress") },
  ]
  for (const [index, item] of outputOf(head, reply).entries()) events.push(...itemEvents(item, index))
  events.push({ type: "response.completed", response: responseOf(head, reply, "completed") })
  return events.map((event, index) => ({ ...event, sequence_number: index }))
}

function responseOf(head: ReplyHead, reply: StandInReply, status: "in_progress" | "completed"): object {
  const { usage } = reply
  const isOver = status === "completed"
  return {
    id: head.id,
    object: "response",
    created_at: 1_760_000_000,
    status,
    model: head.call.model,
    output: isOver ? outputOf(head, reply) : [],
    error: null,
    incomplete_details: null,
    previous_response_id: head.call.continues ?? null,
    service_tier: isOver ? (reply.serviceTier ?? "default") : "auto",
    usage: isOver
      ? {
          input_tokens: wireInput(usage),
          input_tokens_details: inputDetails(usage),
          output_tokens: usage.outputTokens,
          output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
          total_tokens: wireInput(usage) + usage.outputTokens,
        }
      : null,
  }
}

type Item = Readonly<Record<string, unknown>>

function outputOf({ id, call }: ReplyHead, { text, toolUse }: StandInReply): readonly Item[] {
  if (call.isWarmUp === true) return []
  const suffix = id.replace(/^resp_/, "")
  const items: Item[] = []
  if (text !== "")
    items.push({
      id: `msg_${suffix}`,
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text, annotations: [] }],
    })
  if (toolUse !== undefined) {
    const { name, namespace } = toolUse
    const tool = { call_id: `call_${suffix}`, name, ...(namespace && { namespace }), status: "completed" }
    // A tool that takes plain text is a custom tool; others take JSON.
    items.push(
      typeof toolUse.input === "string"
        ? { id: `ctc_${suffix}`, type: "custom_tool_call", ...tool, input: toolUse.input }
        : { id: `fc_${suffix}`, type: "function_call", ...tool, arguments: JSON.stringify(toolUse.input) },
    )
  }
  return items
}

function itemEvents(item: Item, outputIndex: number): readonly Event[] {
  const at = { item_id: item["id"], output_index: outputIndex }
  const begun = { ...item, status: "in_progress", ...EMPTY[String(item["type"])] }
  return [
    { type: "response.output_item.added", output_index: outputIndex, item: begun },
    ...contentEvents(item, at),
    { type: "response.output_item.done", output_index: outputIndex, item },
  ]
}

/** The fields of an item that are absent when it begins. */
const EMPTY: Readonly<Record<string, object>> = {
  message: { content: [] },
  function_call: { arguments: "" },
  custom_tool_call: { input: "" },
}

function contentEvents(item: Item, at: object): readonly Event[] {
  if (item["type"] === "function_call")
    return deltaEvents("response.function_call_arguments", "arguments", String(item["arguments"]), at)
  if (item["type"] === "custom_tool_call")
    return deltaEvents("response.custom_tool_call_input", "input", String(item["input"]), at)
  const [part] = Array.isArray(item["content"]) ? item["content"] : []
  const text = isObject(part) ? String(part["text"]) : ""
  const place = { ...at, content_index: 0 }
  return [
    { type: "response.content_part.added", ...place, part: { type: "output_text", text: "", annotations: [] } },
    ...deltaEvents("response.output_text", "text", text, place),
    { type: "response.content_part.done", ...place, part },
  ]
}

function deltaEvents(type: string, field: string, text: string, at: object): readonly Event[] {
  return [
    ...pieces(text).map((delta) => ({ type: `${type}.delta`, ...at, delta })),
    { type: `${type}.done`, ...at, [field]: text },
  ]
}
