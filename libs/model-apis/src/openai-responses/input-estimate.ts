// Estimates what a Responses request's input will be billed, before it is sent.
//
// Items that are text, calls or their results are counted as text; images, files and sealed
// reasoning by size. Three things have no bound here: files given by reference, what the provider
// has stored (request.ts takes that for a full window), and what a server-side tool reads.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import { createInputTally, type InputTally, without } from "../openai-tokens/estimate.ts"
import { hostedToolTokens } from "./hosted-tools.ts"

export interface InputEstimate {
  readonly tokens: number
  /** The instructions and tools among them: a request that continues this one brings its own. */
  readonly repeatedTokens: number
}

/** `generates: false` for a request that only prepares: nothing is answered, so no tool is used. */
export async function estimateInput(
  request: JsonObject,
  model: string,
  { generates } = { generates: true },
): Promise<InputEstimate> {
  const tools = asList(request["tools"])
  const repeated = createInputTally(model)
  repeated.addText(request["instructions"])
  addTools(repeated, tools)
  const rest = createInputTally(model)
  rest.addTokens(REQUEST_TOKENS)
  addInput(rest, request["input"])
  // A field that is not known to stay outside the prompt may be put into it: schemas, templates.
  rest.addJson(without(request, OUTSIDE_THE_PROMPT))
  if (generates) {
    const brought = asList(request["input"]).flatMap((item) => asList(asObject(item)?.["tools"]))
    for (const tool of [...tools, ...brought]) rest.addTokens(hostedToolTokens(tool, request["max_tool_calls"]))
  }
  const repeatedTokens = await repeated.total()
  return { tokens: repeatedTokens + (await rest.total()), repeatedTokens }
}

/** True for an item that stands for one that the provider has stored, whose size only it knows. */
export function refersToStoredItems(request: JsonObject): boolean {
  return asList(request["input"]).some((item) => {
    const type = asObject(item)?.["type"]
    return type === "item_reference" || (type == null && asObject(item)?.["role"] == null)
  })
}

/** Counted for itself above, or never part of what the model reads. */
export const OUTSIDE_THE_PROMPT: readonly string[] = [
  "type",
  "instructions",
  "input",
  "tools",
  "model",
  "max_output_tokens",
  "max_tool_calls",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "top_logprobs",
  "metadata",
  "client_metadata",
  "service_tier",
  "store",
  "include",
  "background",
  "generate",
  "parallel_tool_calls",
  "previous_response_id",
  "prompt_cache_key",
  "prompt_cache_retention",
  "prompt_cache_options",
  "safety_identifier",
  "user",
  "truncation",
  "tool_choice",
  "reasoning",
]

function addInput(tally: InputTally, input: unknown): void {
  tally.addText(input)
  for (const value of asList(input)) {
    tally.addTokens(ITEM_TOKENS)
    const item = asObject(value)
    if (item === undefined) tally.addJson(value)
    else addItem(tally, item)
  }
}

function addItem(tally: InputTally, item: JsonObject): void {
  switch (item["type"] ?? "message") {
    case "message":
      addContent(tally, item["content"])
      tally.addJson(without(item, ["type", "role", "content", "id", "status"]))
      break
    case "reasoning":
    case "compaction":
    case "compaction_summary":
    case "context_compaction":
      tally.addSealed(item["encrypted_content"])
      tally.addJson(without(item, ["type", "encrypted_content", "id", "status"]))
      break
    case "function_call_output":
    case "custom_tool_call_output":
    case "computer_call_output":
    case "mcp_call":
    case "mcp_tool_call_output":
      addContent(tally, item["output"])
      tally.addJson(without(item, ["output", "id", "status"]))
      break
    case "image_generation_call":
      tally.addImage(item["result"] == null ? undefined : `data:;base64,${asText(item["result"]) ?? ""}`, "high")
      tally.addJson(without(item, ["result"]))
      break
    case "additional_tools":
    case "tool_search_output":
      addTools(tally, asList(item["tools"]))
      tally.addJson(without(item, ["tools"]))
      break
    default:
      tally.addJson(item)
  }
}

/** A message's content or a call's output: text, one part, or a list of parts. */
function addContent(tally: InputTally, content: unknown): void {
  tally.addText(content)
  const parts = Array.isArray(content) ? content : asObject(content) === undefined ? [] : [content]
  for (const value of parts) {
    tally.addTokens(PART_TOKENS)
    const part = asObject(value)
    if (part === undefined) tally.addJson(value)
    else addPart(tally, part)
  }
}

function addPart(tally: InputTally, part: JsonObject): void {
  switch (part["type"]) {
    case "input_text":
    case "output_text":
    case "text":
    case "refusal":
    case "summary_text":
    case "reasoning_text":
      tally.addText(part["text"] ?? part["refusal"])
      // A cited page or a log of probabilities is not read again.
      tally.addJson(without(part, ["type", "text", "refusal", "annotations", "logprobs"]))
      break
    case "input_image":
    case "computer_screenshot":
      tally.addImage(part["image_url"], part["detail"])
      break
    case "input_file":
      tally.addFile(part["file_data"])
      tally.addJson(without(part, ["type", "file_data"]))
      break
    case "encrypted_content":
      tally.addSealed(part["encrypted_content"])
      break
    default:
      tally.addJson(part)
  }
}

function addTools(tally: InputTally, tools: readonly unknown[]): void {
  if (tools.length > 0) tally.addTokens(TOOLS_TOKENS)
  for (const tool of tools) {
    tally.addTokens(TOOL_TOKENS)
    tally.addJson(tool)
  }
}

// The tokens that the provider wraps around a request, an item, a part and tools.
const REQUEST_TOKENS = 12
const ITEM_TOKENS = 5
const PART_TOKENS = 2
const TOOLS_TOKENS = 24
const TOOL_TOKENS = 10
