// Ollama's own API, as a server on the operator's network speaks it.

import type { ModelApi } from "../model-api.ts"
import { createMeter } from "./meter.ts"
import { ollamaRefusals } from "./refusal.ts"
import { clampOutput, readRequest } from "./request.ts"

export const ollama: ModelApi = {
  name: "ollama",
  readRequest,
  clampOutput,
  createMeter,
  ...ollamaRefusals,
  framing: "lines",
}
