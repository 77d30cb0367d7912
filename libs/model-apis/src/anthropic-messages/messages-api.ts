// Anthropic Messages, as api.anthropic.com and its gateways speak it.

import type { ModelApi } from "../model-api.ts"
import { createMeter } from "./meter.ts"
import { providerCount } from "./provider-count.ts"
import { messagesRefusals } from "./refusal.ts"
import { clampOutput, readRequest } from "./request.ts"
import { trimServerFetches } from "./trim-server-fetches.ts"

export const anthropicMessages: ModelApi = {
  name: "anthropic-messages",
  readRequest,
  trimServerFetches,
  counting: providerCount,
  clampOutput,
  createMeter,
  ...messagesRefusals,
}
