// The wire formats this build can meter, and the provider hosts that speak them. Adding a format is
// a folder, a line here, and a line in the hosts that have it.

import { anthropicMessages } from "./anthropic-messages/messages-api.ts"
import { chatCompletions } from "./chat-completions/chat-completions-api.ts"
import { completions } from "./completions/completions-api.ts"
import { embeddings } from "./embeddings/embeddings-api.ts"
import { chatgptHost, gatewayHost, openaiHost } from "./hosts/openai-hosts.ts"
import { anthropicHost, ollamaHost } from "./hosts/other-hosts.ts"
import type { ProviderHost } from "./hosts/provider-host.ts"
import type { ModelApi } from "./model-api.ts"
import { ollama } from "./ollama/ollama-api.ts"
import { chatgptResponses, openaiResponses } from "./openai-responses/responses-api.ts"

const MODEL_APIS: readonly ModelApi[] = [
  anthropicMessages,
  openaiResponses,
  chatgptResponses,
  chatCompletions,
  completions,
  embeddings,
  ollama,
]
const PROVIDER_HOSTS: readonly ProviderHost[] = [anthropicHost, openaiHost, chatgptHost, gatewayHost, ollamaHost]

/** By its own name: for work that is handed to another thread. */
export function findModelApi(name: string): ModelApi | undefined {
  return MODEL_APIS.find((api) => api.name === name)
}

/** By the name in a route. Undefined for one that this build does not know: its routes must not be metered silently. */
export function findProviderHost(name: string): ProviderHost | undefined {
  return PROVIDER_HOSTS.find((host) => host.name === name)
}

export function listProviderHosts(): readonly ProviderHost[] {
  return PROVIDER_HOSTS
}
