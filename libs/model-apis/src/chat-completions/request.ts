// Reads what a Chat Completions request asks for, and lowers its output limit.
//
// `n` answers are billed each, so the limit that counts is n times the one that is named. Both
// names of the limit are lowered. When neither is there, the one is added that every server of this
// API has, unless the model takes only the newer one.

import { asText } from "@bot-bottle/contracts"
import type { ModelRequest } from "../model-api.ts"
import { familyOf } from "../openai-tokens/model-family.ts"
import { editFields, isTokenCount, modelOf, parseUnambiguous, TIER_FIELD, tierOf } from "../unambiguous-object.ts"
import { estimateInputTokens } from "./input-estimate.ts"
import { listServerFetches, SEARCHING_FIELDS } from "./server-fetches.ts"

const LIMIT = "max_tokens"
const NEWER_LIMIT = "max_completion_tokens"
const BOUNDING_FIELDS = ["model", LIMIT, NEWER_LIMIT, "n", TIER_FIELD] as const
/** They say what the model reads, and what it reaches. */
const TELLING_FIELDS = ["messages", "stream", "tools", ...SEARCHING_FIELDS] as const
const MAX_CHOICES = 128

export async function readRequest(body: Uint8Array): Promise<ModelRequest | undefined> {
  const request = parseUnambiguous(body, BOUNDING_FIELDS, TELLING_FIELDS)
  const model = modelOf(request)
  if (request === undefined || model === undefined) return undefined
  if (!Array.isArray(request["messages"])) return undefined
  const choices = request["n"] ?? 1
  if (!isTokenCount(choices) || choices < 1 || choices > MAX_CHOICES) return undefined
  const limits = [request[LIMIT], request[NEWER_LIMIT]].filter((limit) => limit != null)
  if (!limits.every(isTokenCount)) return undefined

  const inputTokens = await estimateInputTokens(request, model)
  const serverFetches = listServerFetches(request)
  return {
    model,
    // A server may go by either.
    maxOutputTokens: limits.length === 0 ? undefined : choices * Math.max(...limits),
    stream: request["stream"] === true,
    inputTokens,
    ...tierOf(request),
    ...(serverFetches.length > 0 && { serverFetches }),
  }
}

export function clampOutput(body: Uint8Array, maxOutputTokens: number): Uint8Array {
  const request = parseUnambiguous(body, BOUNDING_FIELDS) ?? {}
  const { n } = request
  const each = Math.max(1, Math.floor(maxOutputTokens / (isTokenCount(n) && n > 1 ? n : 1)))
  const isNamed = request[LIMIT] != null || request[NEWER_LIMIT] != null
  const usual = familyOf(asText(request["model"]) ?? "").hidesReasoning ? NEWER_LIMIT : LIMIT
  return editFields(
    body,
    [LIMIT, NEWER_LIMIT],
    (field, value) => {
      if (value === null) return field === usual && !isNamed ? String(each) : undefined
      return isTokenCount(value) && value <= each ? undefined : String(each)
    },
    (present): Readonly<Record<string, string>> => (isNamed || present.has(usual) ? {} : { [usual]: String(each) }),
  )
}
