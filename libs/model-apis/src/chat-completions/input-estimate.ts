// Estimates what a Chat Completions or an embeddings request's input will be billed, before it is
// sent: messages, calls and tools as text, images, sound and files by size.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import { createInputTally, type InputTally, without } from "../openai-tokens/estimate.ts"

export async function estimateInputTokens(request: JsonObject, model: string): Promise<number> {
  const tally = createInputTally(model)
  tally.addTokens(REQUEST_TOKENS)
  for (const value of asList(request["messages"])) addMessage(tally, value)
  addEmbedded(tally, request["input"])
  const tools = [...asList(request["tools"]), ...asList(request["functions"])]
  if (tools.length > 0) tally.addTokens(TOOLS_TOKENS)
  for (const tool of tools) {
    tally.addTokens(TOOL_TOKENS)
    tally.addJson(tool)
  }
  if (request["web_search_options"] != null) tally.addTokens(SEARCH_TOKENS)
  // A field that is not known to stay outside the prompt may be put into it: schemas, predictions,
  // plugins.
  tally.addJson(without(request, OUTSIDE_THE_PROMPT))
  return tally.total()
}

/** Counted for itself above, or never part of what the model reads. */
const OUTSIDE_THE_PROMPT: readonly string[] = [
  "messages",
  "input",
  "tools",
  "functions",
  "model",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "presence_penalty",
  "frequency_penalty",
  "repetition_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "seed",
  "stop",
  "user",
  "metadata",
  "store",
  "service_tier",
  "reasoning_effort",
  "verbosity",
  "parallel_tool_calls",
  "tool_choice",
  "function_call",
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "encoding_format",
  "dimensions",
]

function addMessage(tally: InputTally, value: unknown): void {
  tally.addTokens(MESSAGE_TOKENS)
  const message = asObject(value)
  if (message === undefined) {
    tally.addJson(value)
    return
  }
  addContent(tally, message["content"])
  for (const call of asList(message["tool_calls"])) addCall(tally, call)
  // Thinking that gateways hand back, names, refusals, calls of the older kind.
  tally.addJson(without(message, ["role", "content", "tool_calls", "tool_call_id"]))
}

function addContent(tally: InputTally, content: unknown): void {
  tally.addText(content)
  for (const value of asList(content)) {
    tally.addTokens(PART_TOKENS)
    const part = asObject(value)
    if (part === undefined) tally.addJson(value)
    else addPart(tally, part)
  }
}

function addPart(tally: InputTally, part: JsonObject): void {
  switch (part["type"]) {
    case "text":
    case "refusal":
      tally.addText(part["text"] ?? part["refusal"])
      tally.addJson(without(part, ["type", "text", "refusal", "cache_control"]))
      break
    case "image_url": {
      const image = asObject(part["image_url"])
      tally.addImage(image?.["url"] ?? part["image_url"], image?.["detail"])
      break
    }
    case "input_audio":
      tally.addTokens(audioTokens(asObject(part["input_audio"])))
      break
    case "file":
      tally.addFile(asObject(part["file"])?.["file_data"])
      break
    default:
      tally.addJson(part)
  }
}

function addCall(tally: InputTally, value: unknown): void {
  tally.addTokens(CALL_TOKENS)
  const call = asObject(value)
  const called = asObject(call?.["function"]) ?? asObject(call?.["custom"])
  if (call === undefined || called === undefined) {
    tally.addJson(value)
    return
  }
  tally.addText(called["name"])
  tally.addText(called["arguments"] ?? called["input"])
  tally.addJson(without(call, ["id", "type", "index", "function", "custom"]))
}

/** One text, several, or tokens that were counted elsewhere: a list of numbers, or of such lists. */
function addEmbedded(tally: InputTally, input: unknown): void {
  tally.addText(input)
  for (const one of asList(input)) {
    if (typeof one === "string") tally.addText(one)
    else tally.addTokens(Array.isArray(one) ? one.length : 1)
  }
}

/** Ten tokens a second are documented; compressed speech has at least a kilobyte a second. */
function audioTokens(audio: JsonObject | undefined): number {
  return Math.ceil(((asText(audio?.["data"]) ?? "").length * 0.75) / AUDIO_BYTES_PER_TOKEN)
}

const AUDIO_BYTES_PER_TOKEN = 100
// The tokens that the provider wraps around a request, a message, a part, a call and tools.
const REQUEST_TOKENS = 8
const MESSAGE_TOKENS = 5
const PART_TOKENS = 2
const CALL_TOKENS = 12
const TOOLS_TOKENS = 24
const TOOL_TOKENS = 10
/** The provider's search results become input after the request was sent. */
const SEARCH_TOKENS = 20_000
