// Reads what a Responses request asks for, and lowers its output limit.
//
// Refused is what spends after its answer has ended: a response made in the background. The
// response that a request continues is counted with it. Where its size is unknown here, it is
// assumed to fill the model's window.

import { asText, type JsonObject } from "@bot-bottle/contracts"
import type { KnownResponses, ModelRequest } from "../model-api.ts"
import { familyOf } from "../openai-tokens/model-family.ts"
import { editFields, isTokenCount, modelOf, parseUnambiguous, TIER_FIELD, tierOf } from "../unambiguous-object.ts"
import { estimateInput, refersToStoredItems } from "./input-estimate.ts"
import { listServerFetches } from "./server-fetches.ts"

export const LIMIT = "max_output_tokens"
export const BOUNDING_FIELDS = ["model", LIMIT, "previous_response_id", "background", TIER_FIELD] as const

export async function readRequest(body: Uint8Array, known?: KnownResponses): Promise<ModelRequest | undefined> {
  const request = parseUnambiguous(body, BOUNDING_FIELDS)
  return request && readCreate(request, known)
}

/** The same of a request that is already an object: on a socket it stands in a message, and may only prepare. */
export async function readCreate(
  request: JsonObject,
  known?: KnownResponses,
  { generates } = { generates: true },
): Promise<ModelRequest | undefined> {
  const model = modelOf(request)
  if (model === undefined || !isInput(request["input"])) return undefined
  if (request["background"] != null && request["background"] !== false) return undefined
  const limit = request[LIMIT] ?? undefined
  if (limit !== undefined && !isTokenCount(limit)) return undefined

  const estimate = await estimateInput(request, model, { generates })
  const serverFetches = listServerFetches(request)
  return {
    model,
    maxOutputTokens: generates ? limit : 0,
    stream: request["stream"] === true,
    inputTokens: estimate.tokens + continuedTokens(request, model, known),
    repeatedTokens: estimate.repeatedTokens,
    ...tierOf(request),
    ...(serverFetches.length > 0 && { serverFetches }),
  }
}

export function clampOutput(body: Uint8Array, maxOutputTokens: number): Uint8Array {
  return editFields(
    body,
    [LIMIT],
    (_field, value) => (isTokenCount(value) && value <= maxOutputTokens ? undefined : String(maxOutputTokens)),
    (present): Readonly<Record<string, string>> => (present.has(LIMIT) ? {} : { [LIMIT]: String(maxOutputTokens) }),
  )
}

function isInput(input: unknown): boolean {
  return input == null || typeof input === "string" || Array.isArray(input)
}

function continuedTokens(request: JsonObject, model: string, known: KnownResponses | undefined): number {
  const { windowTokens } = familyOf(model)
  const previous = request["previous_response_id"]
  const isStored = request["conversation"] != null || request["prompt"] != null
  if (isStored || refersToStoredItems(request)) return windowTokens
  if (previous == null) return 0
  return known?.tokensOf(asText(previous) ?? "") ?? windowTokens
}
