// Reads what a request to Ollama's own API asks for, and lowers its output limit.
//
// The limit is `options.num_predict`; negative means none. Streaming is the rule here: only
// `stream: false` asks for one answer. A request without a prompt or messages loads a model.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import type { ModelRequest } from "../model-api.ts"
import { createInputTally, type InputTally, without } from "../openai-tokens/estimate.ts"
import { editFields, modelOf, parseUnambiguous } from "../unambiguous-object.ts"

const OPTIONS = "options"
const BOUNDING_FIELDS = ["model", OPTIONS] as const
/** They say what kind of request it is; the server takes them in any case. */
const TELLING_FIELDS = ["messages", "prompt", "input", "stream"] as const

export async function readRequest(body: Uint8Array): Promise<ModelRequest | undefined> {
  const request = parseUnambiguous(body, BOUNDING_FIELDS, TELLING_FIELDS)
  const model = modelOf(request)
  if (request === undefined || model === undefined) return undefined
  if (request["messages"] != null && !Array.isArray(request["messages"])) return undefined
  const options = request[OPTIONS] ?? {}
  const limit = asObject(options)?.["num_predict"] ?? -1
  if (asObject(options) === undefined || typeof limit !== "number" || !Number.isSafeInteger(limit)) return undefined
  // `input` beside a prompt is nothing to the calls that generate.
  const isEmbedding = request["input"] != null && request["messages"] == null && request["prompt"] == null

  const inputTokens = await estimateInputTokens(request, model)
  return {
    model,
    maxOutputTokens: isEmbedding ? 0 : limit < 0 ? undefined : limit,
    stream: !isEmbedding && request["stream"] !== false,
    inputTokens,
  }
}

export function clampOutput(body: Uint8Array, maxOutputTokens: number): Uint8Array {
  const limited = JSON.stringify({ num_predict: maxOutputTokens })
  return editFields(
    body,
    [OPTIONS],
    (_field, value) => {
      const options = asObject(value)
      const limit = options?.["num_predict"]
      if (typeof limit === "number" && limit >= 0 && limit <= maxOutputTokens) return undefined
      return JSON.stringify({ ...options, num_predict: maxOutputTokens })
    },
    (present): Readonly<Record<string, string>> => (present.has(OPTIONS) ? {} : { [OPTIONS]: limited }),
  )
}

function estimateInputTokens(request: JsonObject, model: string): Promise<number> {
  const tally = createInputTally(model)
  tally.addTokens(REQUEST_TOKENS)
  for (const field of ["prompt", "suffix", "system", "template", "input"]) tally.addText(request[field])
  for (const text of asList(request["input"])) tally.addText(text)
  // Tokens of an earlier answer, to continue from.
  tally.addTokens(asList(request["context"]).length)
  addImages(tally, request["images"])
  for (const value of asList(request["messages"])) {
    const message = asObject(value) ?? {}
    tally.addTokens(MESSAGE_TOKENS)
    tally.addText(message["content"])
    addImages(tally, message["images"])
    tally.addJson(without(message, ["role", "content", "images"]))
  }
  for (const tool of asList(request["tools"])) {
    tally.addTokens(TOOL_TOKENS)
    tally.addJson(tool)
  }
  tally.addJson(without(request, COUNTED_OR_OUTSIDE))
  return tally.total()
}

function addImages(tally: InputTally, images: unknown): void {
  for (const data of asList(images)) tally.addImage(`data:;base64,${asText(data) ?? ""}`, "high")
}

const COUNTED_OR_OUTSIDE: readonly string[] = [
  "model",
  "prompt",
  "suffix",
  "system",
  "template",
  "input",
  "context",
  "images",
  "messages",
  "tools",
  "options",
  "stream",
  "keep_alive",
  "raw",
  "think",
  "truncate",
  "dimensions",
  "logprobs",
  "top_logprobs",
]
const REQUEST_TOKENS = 20
const MESSAGE_TOKENS = 6
const TOOL_TOKENS = 20
