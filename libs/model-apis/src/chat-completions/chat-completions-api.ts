// Chat Completions, as OpenAI and everybody after it speaks it.

import type { ModelApi } from "../model-api.ts"
import { createMeter } from "./meter.ts"
import { chatRefusals } from "./refusal.ts"
import { clampOutput, readRequest } from "./request.ts"

export const chatCompletions: ModelApi = {
  name: "chat-completions",
  readRequest,
  clampOutput,
  createMeter,
  ...chatRefusals,
}
