// Finds the API that a request speaks, and for what none of them bills the one whose host it is.

import { anthropicMessages } from "./anthropic-messages.ts"
import { chatCompletions } from "./chat-completions.ts"
import type { ModelFormat } from "./format.ts"
import { ollama } from "./ollama.ts"
import { openaiResponses } from "./openai-responses.ts"

const FORMATS: readonly ModelFormat[] = [anthropicMessages, openaiResponses, chatCompletions, ollama]

/** Undefined for a call that is not billed. */
export function findBilledFormat(method: string, path: string): ModelFormat | undefined {
  return FORMATS.find((format) => format.bills(method, path))
}

/** In whose words a call that nobody bills is refused. */
export function findHostFormat(host: string, path: string): ModelFormat {
  if (/(?:^|\.)(?:openai|chatgpt)\.com(?::|$)/.test(host)) return openaiResponses
  if (/(?:^|\.)ollama\.com(?::|$)/.test(host) || /^\/api\/(?:chat|generate|tags)$/.test(path)) return ollama
  return anthropicMessages
}
