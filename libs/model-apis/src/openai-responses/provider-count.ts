// Asks the provider's own counting endpoint what a Responses request's input counts, and reads its
// answer. The endpoint takes the fields that make up the input and refuses a body with any other.

import { asList, asObject, parseJson } from "@bot-bottle/contracts"
import type { InputCounting } from "../model-api.ts"
import { isTokenCount } from "../unambiguous-object.ts"
import { hostedToolTokens } from "./hosted-tools.ts"
import { OUTSIDE_THE_PROMPT } from "./input-estimate.ts"

const COUNTED: ReadonlySet<string> = new Set([
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "text",
  "reasoning",
  "truncation",
  "parallel_tool_calls",
  "previous_response_id",
  "conversation",
])

const COUNTING_PATH = "/v1/responses/input_tokens"

export const providerCount: InputCounting = {
  request(target, body) {
    // ChatGPT's backend has no such endpoint.
    if (!/^\/v1\/responses\/?(?:\?|$)/.test(target)) return undefined
    const request = asObject(parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8")))
    if (request === undefined) return undefined
    // Fields that the endpoint refuses and that may be part of the prompt would be in no count.
    if (Object.keys(request).some((field) => !COUNTED.has(field) && !OUTSIDE_THE_PROMPT.includes(field)))
      return undefined
    // Nor would be what these read at the provider.
    if (asList(request["tools"]).some((tool) => hostedToolTokens(tool, undefined) > 0)) return undefined
    const counted = Object.fromEntries(Object.entries(request).filter(([field]) => COUNTED.has(field)))
    return { target: COUNTING_PATH, body: JSON.stringify(counted) }
  },
  read(body) {
    const tokens = asObject(parseJson(new TextDecoder().decode(body)))?.["input_tokens"]
    return isTokenCount(tokens) ? tokens : undefined
  },
}
