// Reads what a Messages request asks for, and lowers its output limit.

import { asObject, type JsonObject } from "@bot-bottle/contracts"
import type { ModelRequest } from "../model-api.ts"
import { editFields, isTokenCount, modelOf, parseUnambiguous, TIER_FIELD, tierOf } from "../unambiguous-object.ts"
import { estimateInputTokens } from "./input-estimate.ts"
import { listServerFetches } from "./server-fetches.ts"

const LIMIT = "max_tokens"
const THINKING = "thinking"
const BOUNDING_FIELDS = ["model", LIMIT, THINKING, TIER_FIELD] as const

export async function readRequest(body: Uint8Array): Promise<ModelRequest | undefined> {
  const request = parseUnambiguous(body, BOUNDING_FIELDS)
  const model = modelOf(request)
  if (request === undefined || model === undefined || !Array.isArray(request["messages"])) return undefined
  const maxOutputTokens = request[LIMIT]
  if (maxOutputTokens !== undefined && !isTokenCount(maxOutputTokens)) return undefined
  const inputTokens = await estimateInputTokens(request, model)
  const serverFetches = listServerFetches(request)
  const stream = request["stream"] === true
  return {
    model,
    maxOutputTokens,
    stream,
    inputTokens,
    ...tierOf(request),
    cacheWrites: longestCacheWrite(body),
    ...(serverFetches.length > 0 && { serverFetches }),
  }
}

/** By its bytes, which is quick. Where one may be escaped, the longest is assumed. */
function longestCacheWrite(body: Uint8Array): NonNullable<ModelRequest["cacheWrites"]> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (bytes.includes('"1h"') || bytes.includes("\\u00")) return "hour"
  return bytes.includes('"cache_control"') ? "minutes" : "none"
}

export function clampOutput(body: Uint8Array, maxOutputTokens: number): Uint8Array {
  const limit = String(maxOutputTokens)
  return editFields(
    body,
    [LIMIT, THINKING],
    (field, value) => {
      if (field === LIMIT) return isTokenCount(value) && value <= maxOutputTokens ? undefined : limit
      const thinking = asObject(value)
      return thinking === undefined ? undefined : clampThinking(thinking, maxOutputTokens)
    },
    (present): Readonly<Record<string, string>> => (present.has(LIMIT) ? {} : { [LIMIT]: limit }),
  )
}

// The provider takes no thinking budget below this, and none that is not below max_tokens.
const MIN_THINKING_TOKENS = 1024

/** The thinking field that fits, or undefined when it fits as it is. */
function clampThinking(thinking: JsonObject, maxOutputTokens: number): string | undefined {
  const budget = thinking["budget_tokens"]
  if (typeof budget !== "number" || budget < maxOutputTokens) return undefined
  if (maxOutputTokens <= MIN_THINKING_TOKENS) return '{"type":"disabled"}'
  return JSON.stringify({ ...thinking, budget_tokens: maxOutputTokens - 1 })
}
