// Reads what a request for completions asks for, and lowers its output limit.
//
// Every prompt of the request is continued `n` times, or `best_of` times of which the best are
// shown, and all of them are billed.

import { asList, type JsonObject } from "@bot-bottle/contracts"
import type { ModelRequest } from "../model-api.ts"
import { createInputTally, without } from "../openai-tokens/estimate.ts"
import { editFields, isTokenCount, modelOf, parseUnambiguous } from "../unambiguous-object.ts"

const LIMIT = "max_tokens"
const BOUNDING_FIELDS = ["model", LIMIT, "n", "best_of"] as const
const TELLING_FIELDS = ["prompt", "suffix", "stream"] as const
const MAX_ANSWERS = 128
/** Without a limit OpenAI stops here, so a larger one would raise it; other servers know no such limit. */
const USUAL_LIMIT = 16

export async function readRequest(body: Uint8Array): Promise<ModelRequest | undefined> {
  const request = parseUnambiguous(body, BOUNDING_FIELDS, TELLING_FIELDS)
  const model = modelOf(request)
  if (request === undefined || model === undefined) return undefined
  const answers = countAnswers(request)
  const limit = request[LIMIT] ?? undefined
  if (answers === undefined || (limit !== undefined && !isTokenCount(limit))) return undefined
  return {
    model,
    maxOutputTokens: limit === undefined ? undefined : answers * limit,
    stream: request["stream"] === true,
    inputTokens: await estimateInputTokens(request, model),
  }
}

export function clampOutput(body: Uint8Array, maxOutputTokens: number): Uint8Array {
  const answers = countAnswers(parseUnambiguous(body, BOUNDING_FIELDS) ?? {}) ?? 1
  const each = Math.max(1, Math.floor(maxOutputTokens / answers))
  const unstated = String(Math.min(each, USUAL_LIMIT))
  return editFields(
    body,
    [LIMIT],
    (_field, value) => {
      if (value === null) return unstated
      return isTokenCount(value) && value <= each ? undefined : String(each)
    },
    (present): Readonly<Record<string, string>> => (present.has(LIMIT) ? {} : { [LIMIT]: unstated }),
  )
}

/** Undefined when `n` or `best_of` is invalid, or the answers are too many. */
function countAnswers(request: JsonObject): number | undefined {
  const n = request["n"] ?? 1
  const best = request["best_of"] ?? n
  if (!isTokenCount(n) || !isTokenCount(best)) return undefined
  const each = Math.max(n, best)
  const answers = each * promptsOf(request["prompt"]).length
  return each < 1 || answers > MAX_ANSWERS ? undefined : answers
}

/** Texts, or lists of tokens that were counted elsewhere: one, or several. */
function promptsOf(prompt: unknown): readonly unknown[] {
  const list = asList(prompt)
  const isSeveral = list.length > 0 && list.every((one) => typeof one !== "number")
  return isSeveral ? list : [prompt]
}

function estimateInputTokens(request: JsonObject, model: string): Promise<number> {
  const tally = createInputTally(model)
  tally.addTokens(REQUEST_TOKENS)
  tally.addText(request["suffix"])
  for (const prompt of promptsOf(request["prompt"])) {
    if (Array.isArray(prompt)) tally.addTokens(prompt.length)
    else if (typeof prompt === "string") tally.addText(prompt)
    else tally.addJson(prompt)
  }
  tally.addJson(without(request, OUTSIDE_THE_PROMPT))
  return tally.total()
}

const REQUEST_TOKENS = 4
/** Counted for itself above, or never part of what the model reads. */
const OUTSIDE_THE_PROMPT: readonly string[] = [
  "model",
  "prompt",
  "suffix",
  "max_tokens",
  "n",
  "best_of",
  "echo",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "logprobs",
  "seed",
  "stop",
  "user",
]
