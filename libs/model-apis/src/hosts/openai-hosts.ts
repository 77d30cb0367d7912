// The hosts in OpenAI's style: OpenAI itself, ChatGPT as Codex uses it, and gateways, which put
// the same calls under prefixes of their own.

import { anthropicMessages } from "../anthropic-messages/messages-api.ts"
import { chatCompletions } from "../chat-completions/chat-completions-api.ts"
import { completions } from "../completions/completions-api.ts"
import { embeddings } from "../embeddings/embeddings-api.ts"
import { chatgptResponses, openaiResponses } from "../openai-responses/responses-api.ts"
import { ANY_PLACE, createProviderHost, type HostCalls } from "./provider-host.ts"

/** Under whatever prefix. */
export const UNMETERED: HostCalls["unmetered"] = [
  [/\/batches(?:\/|$)/, "Batches"],
  [/\/fine[_-]tun(?:ing|es)(?:\/|$)/, "Fine-tuning"],
  [/\/images(?:\/|$)/, "Image generation"],
  [/\/videos(?:\/|$)/, "Video generation"],
  [/\/audio(?:\/|$)/, "Speech and transcription"],
  [/\/realtime(?:\/|$)/, "Realtime calls"],
  [/\/(?:assistants|threads|chatkit)(?:\/|$)/, "Assistants and threads"],
  [/\/vector_stores(?:\/|$)/, "Vector stores"],
  [/\/containers(?:\/|$)/, "Containers"],
  [/\/evals(?:\/|$)/, "Evaluations"],
  [/\/memories(?:\/|$)/, "Memories"],
  [/\/organization(?:\/|$)/, "Account administration"],
  [/\/rerank$/, "Reranking"],
  [/\/complete$/, "Text completions of the older kind"],
  [/:(?:stream)?(?:generate|batch|embed|predict|rawPredict|streamRawPredict)\w*$/i, "Calls of Google's own API"],
  [/^\/model\/[^/]+\/(?:invoke|converse)/, "Calls of Bedrock's own API"],
  [/\/v2\/(?:chat|embed|generate|classify)$/, "Calls of Cohere's own API"],
  [/\/(?:generate|generate_stream|completion|infill|fim)$/, "A server's own completions"],
  [/\/(?:score|classify|pooling)$/, "Scoring and classification"],
  [/\/ocr$/, "Text recognition"],
  [/\/predictions$/, "Predictions"],
]

export const openaiHost = createProviderHost({
  name: "openai-responses",
  main: openaiResponses,
  billed: [
    [/^\/v1\/responses(?:\/compact)?$/, openaiResponses],
    [/^\/v1\/chat\/completions$/, chatCompletions],
    [/^\/v1\/completions$/, completions],
    [/^\/v1\/embeddings$/, embeddings],
  ],
  sockets: [[/^\/v1\/responses$/, openaiResponses]],
  free: [
    ["POST", /^\/v1\/responses\/input_tokens$/],
    ["POST", /^\/v1\/responses\/[^/]+\/cancel$/],
    ["DELETE", /^\/v1\/responses\/[^/]+$/],
    ["DELETE", /^\/v1\/chat\/completions\/[^/]+$/],
    ["POST DELETE", /^\/v1\/conversations(?:\/[^/]+){0,3}$/],
    ["POST", /^\/v1\/moderations$/],
    ["POST DELETE", /^\/v1\/files(?:\/[^/]+)?$/],
    ["POST", /^\/v1\/uploads(?:\/[^/]+){0,2}$/],
  ],
  readable: ANY_PLACE,
  unmetered: UNMETERED,
})

/** Only Codex's part of it: the operator's own conversations are on the same host. */
export const chatgptHost = createProviderHost({
  name: "chatgpt-responses",
  main: chatgptResponses,
  billed: [[/^\/backend-api\/codex\/responses(?:\/compact)?$/, chatgptResponses]],
  sockets: [[/^\/backend-api\/codex\/responses$/, chatgptResponses]],
  free: [["POST", /^\/backend-api\/codex\/analytics-events\//]],
  readable:
    /^(?:\/(?!backend-api\/)|\/backend-api\/(?:codex\/|plugins(?:\/|$)|wham\/(?:accounts\/check|usage|config|settings|agent-identities)(?:\/|$)))/,
  unmetered: [...UNMETERED, [/\/wham\/(?!usage)/, "Tasks in the cloud"], [/\/conversations?(?:\/|$)/, "Conversations"]],
})

export const gatewayHost = createProviderHost({
  name: "chat-completions",
  main: chatCompletions,
  billed: [
    [/\/chat\/completions$/, chatCompletions],
    // DeepSeek and Mistral complete code under names of their own, Azure under that of a deployment.
    [/\/(?:v\d[a-z0-9]*|openai|api|beta|fim|deployments\/[^/]+)\/completions$|^\/completions$/, completions],
    [/\/embeddings$/, embeddings],
    [/\/(?:v\d[a-z0-9]*|openai|api)\/responses(?:\/compact)?$|^\/responses$/, openaiResponses],
    [/\/v1\/messages$/, anthropicMessages],
  ],
  sockets: [[/\/v1\/responses$/, openaiResponses]],
  free: [["POST", /\/v1\/messages\/count_tokens$|\/v1\/responses\/input_tokens$/]],
  readable: ANY_PLACE,
  unmetered: UNMETERED,
})
