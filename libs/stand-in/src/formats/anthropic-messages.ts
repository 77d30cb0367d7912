// The Anthropic Messages format, written from the provider's side: one reply as a JSON
// message or as the events of a stream, and errors. Pure.
//
// `usage` in a stream is a running total: message_start reports the input and the first
// token, message_delta everything so far. Adding the two counts a token twice.

import type { StandInReply } from "../exchange.ts"
import { parseMessages } from "./anthropic-request.ts"
import type { ModelFormat, ReplyHead } from "./format.ts"
import { pieces } from "./json-text.ts"

export const anthropicMessages: ModelFormat = {
  bills: (method, path) => method === "POST" && path === "/v1/messages",
  parse: parseMessages,
  newId: (index) => `msg_standin${String(index).padStart(6, "0")}`,
  renderWhole,
  renderEvents,
  eventsType: "text/event-stream; charset=utf-8",
  renderError,
}

function renderWhole(head: ReplyHead, reply: StandInReply): string {
  return JSON.stringify({
    ...emptyMessage(head),
    content: contentBlocks(head, reply).map((block) => block.whole),
    stop_reason: stopReason(reply),
    usage: wireUsage(reply, reply.usage.outputTokens),
  })
}

function renderEvents(head: ReplyHead, reply: StandInReply): readonly string[] {
  const firstUsage = wireUsage(reply, Math.min(1, reply.usage.outputTokens))
  const events: StreamEvent[] = [{ type: "message_start", message: { ...emptyMessage(head), usage: firstUsage } }]

  for (const [index, block] of contentBlocks(head, reply).entries()) {
    events.push({ type: "content_block_start", index, content_block: block.start })
    if (index === 0) events.push({ type: "ping" })
    for (const delta of block.deltas) events.push({ type: "content_block_delta", index, delta })
    events.push({ type: "content_block_stop", index })
  }

  events.push({
    type: "message_delta",
    delta: { stop_reason: stopReason(reply), stop_sequence: null },
    usage: wireUsage(reply, reply.usage.outputTokens),
  })
  events.push({ type: "message_stop" })
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}

function renderError(status: number, message: string, requestId: string): string {
  return JSON.stringify({ type: "error", error: { type: errorType(status), message }, request_id: requestId })
}

interface StreamEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** One content block, as a message holds it and as a stream builds it up. */
interface ContentBlock {
  readonly whole: object
  readonly start: object
  readonly deltas: readonly object[]
}

function contentBlocks({ id }: ReplyHead, { text, toolUse }: StandInReply): readonly ContentBlock[] {
  const blocks: ContentBlock[] = []
  if (text !== "") {
    blocks.push({
      whole: { type: "text", text },
      start: { type: "text", text: "" },
      deltas: pieces(text).map((piece) => ({ type: "text_delta", text: piece })),
    })
  }
  if (toolUse !== undefined) {
    const start = { type: "tool_use", id: id.replace(/^msg_/, "toolu_"), name: toolUse.name, input: {} }
    blocks.push({
      whole: { ...start, input: toolUse.input },
      start,
      deltas: pieces(JSON.stringify(toolUse.input)).map((piece) => ({ type: "input_json_delta", partial_json: piece })),
    })
  }
  return blocks
}

function emptyMessage({ id, call: { model } }: ReplyHead): object {
  return { id, type: "message", role: "assistant", model, content: [], stop_reason: null, stop_sequence: null }
}

function wireUsage({ usage, keptForAnHour: hour, serviceTier }: StandInReply, outputTokens: number): object {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    output_tokens: outputTokens,
    ...(hour !== undefined && {
      cache_creation: {
        ephemeral_5m_input_tokens: usage.cacheWriteTokens - hour,
        ephemeral_1h_input_tokens: hour,
      },
    }),
    service_tier: serviceTier ?? "standard",
  }
}

function stopReason(reply: StandInReply): string {
  return reply.toolUse === undefined ? "end_turn" : "tool_use"
}

function errorType(status: number): string {
  return ERROR_TYPES.get(status) ?? (status < 500 ? "invalid_request_error" : "api_error")
}

const ERROR_TYPES: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [500, "api_error"],
  [504, "timeout_error"],
  [529, "overloaded_error"],
])
