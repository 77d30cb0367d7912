// Completions, the older API of OpenAI's kind: a text is continued. Many servers of open models
// still have it, for code.

import { createMeter } from "../chat-completions/meter.ts"
import { createOpenAiRefusals } from "../chat-completions/refusal.ts"
import type { ModelApi } from "../model-api.ts"
import { clampOutput, readRequest } from "./request.ts"

export const completions: ModelApi = {
  name: "completions",
  readRequest,
  clampOutput,
  createMeter,
  ...createOpenAiRefusals("text_completion", (text) => ({ text })),
}
