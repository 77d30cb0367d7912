// The wire formats this build can meter. Adding one is a folder and a line here.

import { anthropicMessages } from "./anthropic-messages/messages-api.ts"
import { chatCompletions } from "./chat-completions/chat-completions-api.ts"
import type { ModelApi } from "./model-api.ts"
import { ollama } from "./ollama/ollama-api.ts"
import { chatgptResponses, openaiResponses } from "./openai-responses/responses-api.ts"

const MODEL_APIS: readonly ModelApi[] = [anthropicMessages, openaiResponses, chatgptResponses, chatCompletions, ollama]

/** Undefined for an API this build does not read: its routes must not be metered silently. */
export function findModelApi(name: string): ModelApi | undefined {
  return MODEL_APIS.find((api) => api.name === name)
}

export function listModelApis(): readonly ModelApi[] {
  return MODEL_APIS
}
