// Anthropic's host, and an Ollama server on the operator's network.

import { anthropicMessages } from "../anthropic-messages/messages-api.ts"
import { chatCompletions } from "../chat-completions/chat-completions-api.ts"
import { completions } from "../completions/completions-api.ts"
import { embeddings } from "../embeddings/embeddings-api.ts"
import { ollama } from "../ollama/ollama-api.ts"
import { openaiResponses } from "../openai-responses/responses-api.ts"
import { UNMETERED } from "./openai-hosts.ts"
import { ANY_PLACE, createProviderHost } from "./provider-host.ts"

export const anthropicHost = createProviderHost({
  name: "anthropic-messages",
  main: anthropicMessages,
  billed: [
    [/^\/v1\/messages$/, anthropicMessages],
    // For clients of the other API.
    [/^\/v1\/chat\/completions$/, chatCompletions],
  ],
  sockets: [],
  free: [
    ["POST", /^\/v1\/messages\/count_tokens$/],
    ["POST", /^\/api\/(?:hello|claude_cli_feedback)$/],
    ["POST PUT PATCH DELETE", /^\/v1\/files(?:\/|$)/],
    ["POST PUT PATCH DELETE", /^\/api\/(?:event_logging|claude_code|claude_cli|eval)\//],
  ],
  readable: ANY_PLACE,
  unmetered: [
    ...UNMETERED,
    [/\/code\/(?:sessions|triggers)/, "Sessions in the cloud"],
    [/\/create_api_key$/, "Account administration"],
  ],
})

export const ollamaHost = createProviderHost({
  name: "ollama",
  main: ollama,
  billed: [
    [/^\/api\/(?:chat|generate|embed|embeddings)$/, ollama],
    // The APIs of others, which it speaks as well.
    [/^\/v1\/chat\/completions$/, chatCompletions],
    [/^\/v1\/completions$/, completions],
    [/^\/v1\/embeddings$/, embeddings],
    [/^\/v1\/responses$/, openaiResponses],
    [/^\/v1\/messages$/, anthropicMessages],
  ],
  sockets: [],
  free: [["POST", /^\/api\/(?:show|me)$/]],
  readable: ANY_PLACE,
  unmetered: [
    [/^\/api\/(?:pull|push|create|copy|delete|blobs)(?:\/|$)/, "Changes to the server's models"],
    ...UNMETERED,
  ],
})
