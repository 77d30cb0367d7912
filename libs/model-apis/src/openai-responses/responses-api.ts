// OpenAI Responses, as api.openai.com and its gateways speak it, and as ChatGPT speaks it to Codex.

import type { ModelApi } from "../model-api.ts"
import { createMeter } from "./meter.ts"
import { providerCount } from "./provider-count.ts"
import { responsesRefusals } from "./refusal.ts"
import { clampOutput, readRequest } from "./request.ts"
import { responsesSocket } from "./socket.ts"
import { trimServerFetches } from "./trim-server-fetches.ts"

export const openaiResponses: ModelApi = {
  name: "openai-responses",
  readRequest,
  trimServerFetches,
  counting: providerCount,
  clampOutput,
  createMeter,
  ...responsesRefusals,
  socket: responsesSocket,
}

/**
 * The same for chatgpt.com, which answers 400 to any `max_output_tokens`: a request is passed on as it is, and its
 * output is bounded by the model alone. It counts no input for anybody either.
 */
export const chatgptResponses: ModelApi = {
  name: "chatgpt-responses",
  readRequest,
  trimServerFetches,
  clampOutput: (body) => body,
  createMeter,
  ...responsesRefusals,
  socket: { ...responsesSocket, clampOutput: (message) => message },
}
