// Ollama's own API, as a server on the operator's network speaks it.

import type { ModelApi } from "../model-api.ts"
import { decideCall } from "./calls.ts"
import { createMeter } from "./meter.ts"
import { denialAnswer, streamEnding } from "./refusal.ts"
import { clampOutput, readRequest } from "./request.ts"

export const ollama: ModelApi = {
  name: "ollama",
  isBilled: (method, path) => decideCall(method, path) === "billed",
  isRefused: (method, path) => decideCall(method, path) === "refused",
  readRequest,
  clampOutput,
  createMeter,
  denial: denialAnswer,
  streamEnding,
  framing: "lines",
}
