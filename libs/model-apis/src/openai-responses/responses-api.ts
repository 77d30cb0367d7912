// OpenAI Responses, as api.openai.com and its gateways speak it, and as ChatGPT speaks it to Codex.

import type { ModelApi } from "../model-api.ts"
import { decideCall } from "./calls.ts"
import { createMeter } from "./meter.ts"
import { providerCount } from "./provider-count.ts"
import { denialAnswer, streamEnding } from "./refusal.ts"
import { clampOutput, readRequest } from "./request.ts"
import { responsesSocket } from "./socket.ts"
import { trimServerFetches } from "./trim-server-fetches.ts"

export const openaiResponses: ModelApi = {
  name: "openai-responses",
  isBilled: (method, path) => decideCall(method, path) === "billed",
  isRefused: (method, path) => decideCall(method, path) === "refused",
  readRequest,
  trimServerFetches,
  counting: providerCount,
  clampOutput,
  createMeter,
  denial: denialAnswer,
  streamEnding,
  socket: responsesSocket,
}

/**
 * The same for chatgpt.com, which answers 400 to any `max_output_tokens`: a request is passed on as it is, and its
 * output is bounded by the model alone. It counts no input for anybody either.
 */
export const chatgptResponses: ModelApi = {
  name: "chatgpt-responses",
  isBilled: openaiResponses.isBilled,
  isRefused: openaiResponses.isRefused,
  readRequest,
  trimServerFetches,
  clampOutput: (body) => body,
  createMeter,
  denial: denialAnswer,
  streamEnding,
  socket: { ...responsesSocket, clampOutput: (message) => message },
}
