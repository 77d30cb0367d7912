// Embeddings, in OpenAI's style: texts in, numbers out, and only the texts are billed.

import { estimateInputTokens } from "../chat-completions/input-estimate.ts"
import { createMeter } from "../chat-completions/meter.ts"
import { chatRefusals } from "../chat-completions/refusal.ts"
import type { ModelApi, ModelRequest } from "../model-api.ts"
import { modelOf, parseUnambiguous } from "../unambiguous-object.ts"

export const embeddings: ModelApi = {
  name: "embeddings",
  readRequest,
  clampOutput: (body) => body,
  createMeter,
  ...chatRefusals,
}

async function readRequest(body: Uint8Array): Promise<ModelRequest | undefined> {
  const request = parseUnambiguous(body, ["model"], ["input", "messages"])
  const model = modelOf(request)
  // Some servers take messages, with pictures.
  if (request === undefined || model === undefined) return undefined
  if (request["input"] === undefined && request["messages"] === undefined) return undefined
  const inputTokens = await estimateInputTokens(request, model)
  return { model, maxOutputTokens: 0, stream: false, inputTokens }
}
