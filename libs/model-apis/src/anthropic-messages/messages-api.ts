// Anthropic Messages, as api.anthropic.com and its gateways speak it.

import type { ModelApi } from "../model-api.ts"
import { decideCall } from "./calls.ts"
import { createMeter } from "./meter.ts"
import { providerCount } from "./provider-count.ts"
import { denialAnswer, streamEnding } from "./refusal.ts"
import { clampOutput, readRequest } from "./request.ts"
import { trimServerFetches } from "./trim-server-fetches.ts"

export const anthropicMessages: ModelApi = {
  name: "anthropic-messages",
  isBilled: (method, path) => decideCall(method, path) === "billed",
  isRefused: (method, path) => decideCall(method, path) === "refused",
  readRequest,
  trimServerFetches,
  counting: providerCount,
  clampOutput,
  createMeter,
  denial: denialAnswer,
  streamEnding,
}
