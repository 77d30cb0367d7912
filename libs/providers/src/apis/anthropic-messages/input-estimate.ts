// Estimates what a Messages request's input will be billed, before it is sent.
//
// Meant to err upwards: a reservation too small is an overshoot. Text is counted by the
// scan of text-tokens.ts; what is not text by the provider's documented sizes. Two things
// have no bound here: documents given by reference, and what a server-side tool reads.

import { asList, asObject, asText, type JsonObject } from "../../json-value.ts"
import { estimateDocumentTokens, estimateImageTokens } from "./media-tokens.ts"
import { sealedTokens } from "./streamed-output.ts"
import { estimateTextTokens } from "./text-tokens.ts"

export function estimateInputTokens(request: JsonObject, model: string): number {
  const { messages, system, tools, output_config, mcp_servers } = request
  const text =
    REQUEST_TOKENS +
    contentTokens(system) +
    asList(messages).reduce<number>((sum, message) => sum + MESSAGE_TOKENS + messageTokens(asObject(message)), 0) +
    toolTokens(asList(tools)) +
    jsonTokens(output_config) +
    jsonTokens(mcp_servers)
  return Math.ceil(text * (hasEarlierTokenizer(model) ? 1 : NEWER_TOKENIZER))
}

// What the provider wraps around a request, a message, and tools (its documentation names
// up to 530 tokens of tool instructions, and up to 735 for a tool of its own).
const REQUEST_TOKENS = 10
const MESSAGE_TOKENS = 4
const BLOCK_TOKENS = 4
const TOOLS_TOKENS = 600
const TOOL_TOKENS = 40
const OWN_TOOL_TOKENS = 800
/** An allowance for what one use of a server-side tool brings into the input. */
const SERVER_TOOL_USE_TOKENS = 20_000
const SERVER_TOOL = /^(?:web_search|web_fetch|code_execution|tool_search|advisor)/

// Claude Opus 4.7 brought a tokenizer that makes up to 1.35 times the tokens of the earlier
// one. Anything not known to be earlier is taken to have it.
const NEWER_TOKENIZER = 1.35
const EARLIER_MODEL = /^claude-(?:3|(?:opus|sonnet|haiku)-4(?:-[0-6])?(?:-\d{8}|-latest)?$)/

function hasEarlierTokenizer(model: string): boolean {
  return EARLIER_MODEL.test(model)
}

function messageTokens(message: JsonObject | undefined): number {
  return message === undefined ? 0 : contentTokens(message["content"])
}

function contentTokens(content: unknown): number {
  if (typeof content === "string") return estimateTextTokens(content)
  return asList(content).reduce<number>((sum, block) => sum + BLOCK_TOKENS + blockTokens(block), 0)
}

function blockTokens(value: unknown): number {
  const block = asObject(value)
  if (block === undefined) return jsonTokens(value)
  switch (block["type"]) {
    case "text":
      return (
        jsonTokens({ ...block, type: undefined, text: undefined, cache_control: undefined }) + textTokens(block, "text")
      )
    case "image":
      return estimateImageTokens(asObject(block["source"]))
    case "document":
      return (
        estimateDocumentTokens(asObject(block["source"]), contentTokens) + jsonTokens({ ...block, source: undefined })
      )
    case "thinking":
      return Math.max(textTokens(block, "thinking"), sealedTokens(asText(block["signature"]) ?? ""))
    case "redacted_thinking":
      return sealedTokens(asText(block["data"]) ?? "")
    case "tool_result":
      return contentTokens(block["content"]) + jsonTokens({ ...block, content: undefined })
    default:
      return jsonTokens(block)
  }
}

function textTokens(block: JsonObject, key: string): number {
  return estimateTextTokens(asText(block[key]) ?? "")
}

/** Anything else, as the JSON text the model will be shown. */
function jsonTokens(value: unknown): number {
  return value === undefined ? 0 : estimateTextTokens(JSON.stringify(value))
}

function toolTokens(tools: readonly unknown[]): number {
  const each = tools.map((tool) => {
    const type = asText(asObject(tool)?.["type"]) ?? "custom"
    const own = type === "custom" ? TOOL_TOKENS : OWN_TOOL_TOKENS
    return own + jsonTokens(tool) + (SERVER_TOOL.test(type) ? serverToolTokens(asObject(tool)?.["max_uses"]) : 0)
  })
  return each.length === 0 ? 0 : each.reduce((sum, tokens) => sum + tokens, TOOLS_TOKENS)
}

function serverToolTokens(maxUses: unknown): number {
  const uses = typeof maxUses === "number" && maxUses >= 1 ? Math.min(Math.ceil(maxUses), 10) : 5
  return uses * SERVER_TOOL_USE_TOKENS
}
