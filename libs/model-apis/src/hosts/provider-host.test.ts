import { expect, test } from "bun:test"
import { findProviderHost } from "../registry.ts"

// biome-ignore format: a table
test.each([
  ["POST",    "/v1/messages",                              "billed as anthropic-messages"],
  ["POST",    "/v1/messages?beta=true",                    "billed as anthropic-messages"],
  ["POST",    "/v1/messages/",                             "billed as anthropic-messages"],
  ["POST",    "//v1//messages/?x=/y",                      "billed as anthropic-messages"],
  ["post",    "/v1/messages",                              "billed as anthropic-messages"],
  ["POST",    "/v1/chat/completions",                      "billed as chat-completions"],
  ["POST",    "/v1/messages/count_tokens?beta=true",       "free"],
  ["POST",    "/api/event_logging/batch",                  "free"],
  ["POST",    "/v1/files",                                 "free"],
  ["DELETE",  "/v1/files/file_1",                          "free"],
  ["GET",     "/v1/models",                                "free"],
  ["GET",     "/v1/messages",                              "free"],
  ["HEAD",    "/",                                         "free"],
  ["GET",     "/v1/messages/batches/batch_1/results",      "free"],
  ["POST",    "/v1/messages/batches",                      "Batches"],
  ["POST",    "/v1/complete",                              "Text completions of the older kind"],
  ["POST",    "/v1/code/sessions",                         "Sessions in the cloud"],
  ["POST",    "/v1/code/triggers",                         "Sessions in the cloud"],
  ["POST",    "/api/oauth/claude_cli/create_api_key",      "Account administration"],
  ["POST",    "/v1/organizations/workspaces",              undefined],
  ["POST",    "/v1/messages%2Fcount_tokens",               undefined],
  ["POST",    "/v1/%6dessages",                            undefined],
  ["POST",    "/v1/Messages",                              undefined],
  ["PUT",     "/v1/messages",                              undefined],
  ["PUT",     "/v1/anything-new",                          undefined],
] as const)("Anthropic: %s %s is %s", (method, path, expected) => {
  expect(decided("anthropic-messages", method, path)).toBe(expected)
})

// biome-ignore format: a table
test.each([
  ["POST",    "/v1/responses",                                "billed as openai-responses"],
  ["POST",    "/v1/responses?x=1",                            "billed as openai-responses"],
  ["post",    "//v1/responses/",                              "billed as openai-responses"],
  ["POST",    "/v1/responses/compact",                        "billed as openai-responses"],
  ["POST",    "/v1/chat/completions",                         "billed as chat-completions"],
  ["POST",    "/v1/completions",                              "billed as completions"],
  ["POST",    "/v1/embeddings",                               "billed as embeddings"],
  ["POST",    "/v1/responses/input_tokens",                   "free"],
  ["POST",    "/v1/responses/resp_1/cancel",                  "free"],
  ["DELETE",  "/v1/responses/resp_1",                         "free"],
  ["GET",     "/v1/responses/resp_1?stream=true",             "free"],
  ["DELETE",  "/v1/chat/completions/chatcmpl_1",              "free"],
  ["GET",     "/v1/models",                                   "free"],
  ["POST",    "/v1/conversations",                            "free"],
  ["POST",    "/v1/conversations/conv_1/items",               "free"],
  ["DELETE",  "/v1/conversations/conv_1/items/msg_1",         "free"],
  ["POST",    "/v1/moderations",                              "free"],
  ["POST",    "/v1/files",                                    "free"],
  ["POST",    "/v1/uploads/upload_1/parts",                   "free"],
  ["GET",     "/v1/batches",                                  "free"],
  ["POST",    "/v1/batches",                                  "Batches"],
  ["POST",    "/v1/fine_tuning/jobs",                         "Fine-tuning"],
  ["POST",    "/v1/images/generations",                       "Image generation"],
  ["POST",    "/v1/images/edits",                             "Image generation"],
  ["POST",    "/v1/videos",                                   "Video generation"],
  ["POST",    "/v1/audio/speech",                             "Speech and transcription"],
  ["POST",    "/v1/audio/transcriptions",                     "Speech and transcription"],
  ["POST",    "/v1/realtime/client_secrets",                  "Realtime calls"],
  ["POST",    "/v1/realtime/calls",                           "Realtime calls"],
  ["POST",    "/v1/assistants",                               "Assistants and threads"],
  ["POST",    "/v1/threads/runs",                             "Assistants and threads"],
  ["POST",    "/v1/vector_stores",                            "Vector stores"],
  ["POST",    "/v1/containers",                               "Containers"],
  ["POST",    "/v1/evals",                                    "Evaluations"],
  ["POST",    "/v1/organization/admin_api_keys",              "Account administration"],
  ["POST",    "/v1/memories/trace_summarize",                 "Memories"],
  ["POST",    "/v1/responses/resp_1",                         undefined],
  ["POST",    "/v1/chat/completions/chatcmpl_1",              undefined],
  ["POST",    "/v1/%72esponses",                              undefined],
  ["POST",    "/v1/Responses",                                undefined],
  ["PUT",     "/v1/responses",                                undefined],
  ["POST",    "/v2/responses",                                undefined],
  ["POST",    "/backend-api/codex/responses",                 undefined],
] as const)("OpenAI: %s %s is %s", (method, path, expected) => {
  expect(decided("openai-responses", method, path)).toBe(expected)
})

// biome-ignore format: a table
test.each([
  ["POST",    "/backend-api/codex/responses",                 "billed as chatgpt-responses"],
  ["POST",    "/backend-api/codex/responses/compact",         "billed as chatgpt-responses"],
  ["GET",     "/backend-api/codex/models?client_version=1",   "free"],
  ["GET",     "/backend-api/wham/accounts/check",             "free"],
  ["GET",     "/backend-api/wham/usage",                      "free"],
  ["GET",     "/backend-api/plugins/featured",                "free"],
  ["POST",    "/backend-api/codex/analytics-events/events",   "free"],
  ["GET",     "/",                                            "free"],
  ["POST",    "/backend-api/codex/images/generations",        "Image generation"],
  ["POST",    "/backend-api/wham/tasks",                      "Tasks in the cloud"],
  ["GET",     "/backend-api/wham/tasks/list",                 "Tasks in the cloud"],
  ["GET",     "/backend-api/conversations",                   "Conversations"],
  ["GET",     "/backend-api/conversation/abc",                "Conversations"],
  ["POST",    "/backend-api/conversation",                    "Conversations"],
  ["POST",    "/backend-api/wham/rate-limit-reset-credits/consume", "Tasks in the cloud"],
  ["GET",     "//backend-api/conversations",                  "Conversations"],
  ["POST",    "/v1/responses",                                undefined],
] as const)("ChatGPT: %s %s is %s", (method, path, expected) => {
  expect(decided("chatgpt-responses", method, path)).toBe(expected)
})

// biome-ignore format: a table
test.each([
  ["POST",   "/v1/chat/completions",                    "billed as chat-completions"],
  ["POST",   "/api/v1/chat/completions?x=1",            "billed as chat-completions"],
  ["POST",   "/openai/v1/chat/completions/",            "billed as chat-completions"],
  ["POST",   "/chat/completions",                       "billed as chat-completions"],
  ["POST",   "/v1beta/openai/chat/completions",         "billed as chat-completions"],
  ["POST",   "/v1/embeddings",                          "billed as embeddings"],
  ["POST",   "/v1/completions",                         "billed as completions"],
  ["POST",   "/completions",                            "billed as completions"],
  ["POST",   "/api/v1/responses",                       "billed as openai-responses"],
  ["POST",   "/api/v1/messages",                        "billed as anthropic-messages"],
  ["POST",   "/v1/messages/count_tokens",               "free"],
  ["GET",    "/v1/models",                              "free"],
  ["HEAD",   "/",                                       "free"],
  ["POST",   "/v1/images/generations",                  "Image generation"],
  ["POST",   "/v1/audio/speech",                        "Speech and transcription"],
  ["POST",   "/v1/batches",                             "Batches"],
  ["POST",   "/v1/rerank",                              "Reranking"],
  ["POST",   "/beta/completions",                       "billed as completions"],
  ["POST",   "/v1/fim/completions",                     "billed as completions"],
  ["POST",   "/openai/deployments/gpt-4o/chat/completions?api-version=1", "billed as chat-completions"],
  ["POST",   "/openai/deployments/code/completions",    "billed as completions"],
  ["POST",   "/openai/deployments/e/embeddings",        "billed as embeddings"],
  ["POST",   "/openai/responses?api-version=1",         "billed as openai-responses"],
  ["POST",   "/serving-endpoints/chat/completions",     "billed as chat-completions"],
  ["POST",   "/v1beta/models/gemini-2.5-pro:generateContent", "Calls of Google's own API"],
  ["POST",   "/v1beta/models/gemini:streamGenerateContent?alt=sse", "Calls of Google's own API"],
  ["POST",   "/v1/projects/p/models/claude:streamRawPredict", "Calls of Google's own API"],
  ["POST",   "/model/anthropic.claude/converse-stream", "Calls of Bedrock's own API"],
  ["POST",   "/model/anthropic.claude/invoke",          "Calls of Bedrock's own API"],
  ["POST",   "/v2/chat",                                "Calls of Cohere's own API"],
  ["POST",   "/completion",                             "A server's own completions"],
  ["POST",   "/generate_stream",                        "A server's own completions"],
  ["POST",   "/v1/score",                               "Scoring and classification"],
  ["POST",   "/v1/ocr",                                 "Text recognition"],
  ["POST",   "/v1/models/x/predictions",                "Predictions"],
  ["POST",   "/v1/chat/completions/chatcmpl-1",         undefined],
  ["POST",   "/v1/chat/Completions",                    undefined],
  ["POST",   "/v1/xchat/completions",                   undefined],
  ["POST",   "/v1/threads/thread_1/messages",           "Assistants and threads"],
  ["PUT",    "/v1/chat/completions",                    undefined],
  ["DELETE", "/v1/files/file_1",                        undefined],
] as const)("a gateway: %s %s is %s", (method, path, expected) => {
  expect(decided("chat-completions", method, path)).toBe(expected)
})

// biome-ignore format: a table
test.each([
  ["POST",   "/api/chat",             "billed as ollama"],
  ["POST",   "/api/generate/",        "billed as ollama"],
  ["POST",   "/api/embed",            "billed as ollama"],
  ["POST",   "/api/embeddings",       "billed as ollama"],
  ["POST",   "/v1/chat/completions",  "billed as chat-completions"],
  ["POST",   "/v1/completions",       "billed as completions"],
  ["POST",   "/v1/embeddings",        "billed as embeddings"],
  ["POST",   "/v1/responses",         "billed as openai-responses"],
  ["POST",   "/v1/messages",          "billed as anthropic-messages"],
  ["POST",   "/api/show",             "free"],
  ["GET",    "/api/tags",             "free"],
  ["GET",    "/api/ps",               "free"],
  ["HEAD",   "/",                     "free"],
  ["POST",   "/api/pull",             "Changes to the server's models"],
  ["POST",   "/api/push",             "Changes to the server's models"],
  ["POST",   "/api/create",           "Changes to the server's models"],
  ["POST",   "/api/copy",             "Changes to the server's models"],
  ["DELETE", "/api/delete",           "Changes to the server's models"],
  ["POST",   "/api/blobs/sha256:aa",  "Changes to the server's models"],
  ["POST",   "/api/Chat",             undefined],
] as const)("Ollama: %s %s is %s", (method, path, expected) => {
  expect(decided("ollama", method, path)).toBe(expected)
})

// biome-ignore format: a table
test.each([
  ["openai-responses",   "/v1/responses",                 "openai-responses"],
  ["openai-responses",   "/v1/responses?model=gpt-5.2",   "openai-responses"],
  ["chatgpt-responses",  "/backend-api/codex/responses",  "chatgpt-responses"],
  ["openai-responses",   "/v1/realtime?model=x",          undefined],
  ["openai-responses",   "/v1/responses/resp_1",          undefined],
  ["openai-responses",   "/v1/chat/completions",          undefined],
  ["openai-responses",   "/responses",                    undefined],
  ["anthropic-messages", "/v1/messages",                  undefined],
] as const)("%s: a WebSocket on %s carries %p", (host, path, expected) => {
  expect(findProviderHost(host)?.socketAt(path)?.name).toBe(expected)
})

// biome-ignore format: a table
test.each([
  ["openai-responses",   "/v1/chat/completions",          "chat-completions"],
  ["openai-responses",   "/v1/images/generations",        "openai-responses"],
  ["anthropic-messages", "/v1/chat/completions?x",        "chat-completions"],
  ["ollama",             "/v1/messages",                  "anthropic-messages"],
  ["ollama",             "",                              "ollama"],
] as const)("%s: a refusal on '%s' has the shape of %s", (host, path, expected) => {
  expect(findProviderHost(host)?.formatAt(path).name).toBe(expected)
})

function decided(host: string, method: string, path: string): string | undefined {
  const call = findProviderHost(host)!.decideCall(method, path)
  if (call.kind === "billed") return `billed as ${call.api.name}`
  return call.kind === "free" ? "free" : call.what
}
