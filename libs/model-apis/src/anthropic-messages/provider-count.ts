// Asks the provider's own counting endpoint what a Messages request's input counts, and reads its
// answer. The endpoint takes the fields that make up the input and refuses a body with any other.

import { asList, asObject, parseJson } from "@bot-bottle/contracts"
import type { InputCounting } from "../model-api.ts"
import { OUTSIDE_THE_PROMPT } from "./input-estimate.ts"
import { serverToolTokens } from "./server-tools.ts"

const COUNTED: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "output_format",
  "context_management",
])

const COUNTING_PATH = "/v1/messages/count_tokens"

export const providerCount: InputCounting = {
  request(target, body) {
    const request = asObject(parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8")))
    if (request === undefined) return undefined
    // Fields that the endpoint refuses and that may be part of the prompt would be in no count.
    if (Object.keys(request).some((field) => !COUNTED.has(field) && !OUTSIDE_THE_PROMPT.has(field))) return undefined
    // Nor would be what these read at the provider.
    if (asList(request["tools"]).some((tool) => serverToolTokens(tool) > 0)) return undefined

    const counted = Object.fromEntries(Object.entries(request).filter(([field]) => COUNTED.has(field)))
    const query = target.indexOf("?")
    return {
      target: query === -1 ? COUNTING_PATH : COUNTING_PATH + target.slice(query),
      body: JSON.stringify(counted),
    }
  },
  read(body) {
    const tokens = asObject(parseJson(new TextDecoder().decode(body)))?.["input_tokens"]
    return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : undefined
  },
}
