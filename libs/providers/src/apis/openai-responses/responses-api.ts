// OpenAI Responses, as api.openai.com and its gateways speak it, and as ChatGPT speaks it to Codex.

import type { ModelApi } from "../../model-api.ts"
import { decideCall } from "./calls.ts"
import { createMeter } from "./meter.ts"
import { providerCount } from "./provider-count.ts"
import { denialAnswer, streamEnding } from "./refusal.ts"
import { clampOutput, readRequest } from "./request.ts"

export const openaiResponses: ModelApi = {
  name: "openai-responses",
  isBilled: (method, path) => decideCall(method, path) === "billed",
  isRefused: (method, path) => decideCall(method, path) === "refused",
  readRequest,
  counting: providerCount,
  clampOutput,
  createMeter,
  denial: denialAnswer,
  streamEnding,
}
