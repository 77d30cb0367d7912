import { expect, test } from "bun:test"
import { decideCall, isResponsesSocket } from "./calls.ts"

// biome-ignore format: a table
test.each([
  ["POST",    "/v1/responses",                                "billed"],
  ["POST",    "/v1/responses?x=1",                            "billed"],
  ["post",    "//v1/responses/",                              "billed"],
  ["POST",    "/v1/responses/compact",                        "billed"],
  ["POST",    "/backend-api/codex/responses",                 "billed"],
  ["POST",    "/backend-api/codex/responses/compact",         "billed"],
  ["POST",    "/v1/responses/input_tokens",                   "free"],
  ["POST",    "/v1/responses/resp_1/cancel",                  "free"],
  ["DELETE",  "/v1/responses/resp_1",                         "free"],
  ["GET",     "/v1/responses/resp_1?stream=true",             "free"],
  ["GET",     "/v1/models",                                   "free"],
  ["POST",    "/v1/conversations",                            "free"],
  ["POST",    "/v1/conversations/conv_1/items",               "free"],
  ["DELETE",  "/v1/conversations/conv_1/items/msg_1",         "free"],
  ["POST",    "/v1/moderations",                              "free"],
  ["POST",    "/v1/files",                                    "free"],
  ["POST",    "/v1/uploads/upload_1/parts",                   "free"],
  ["GET",     "/backend-api/codex/models?client_version=1",   "free"],
  ["GET",     "/backend-api/wham/accounts/check",             "free"],
  ["GET",     "/backend-api/wham/usage",                      "free"],
  ["GET",     "/backend-api/plugins/featured",                "free"],
  ["POST",    "/backend-api/codex/analytics-events/events",   "free"],
  ["POST",    "/v1/responses/resp_1",                         "refused"],
  ["POST",    "/v1/batches",                                  "refused"],
  ["POST",    "/v1/fine_tuning/jobs",                         "refused"],
  ["POST",    "/v1/images/generations",                       "refused"],
  ["POST",    "/v1/images/edits",                             "refused"],
  ["POST",    "/v1/videos",                                   "refused"],
  ["POST",    "/v1/audio/speech",                             "refused"],
  ["POST",    "/v1/audio/transcriptions",                     "refused"],
  ["POST",    "/v1/embeddings",                               "refused"],
  ["POST",    "/v1/completions",                              "refused"],
  ["POST",    "/v1/chat/completions",                         "refused"],
  ["POST",    "/v1/realtime/client_secrets",                  "refused"],
  ["POST",    "/v1/realtime/calls",                           "refused"],
  ["POST",    "/v1/assistants",                               "refused"],
  ["POST",    "/v1/threads/runs",                             "refused"],
  ["POST",    "/v1/vector_stores",                            "refused"],
  ["POST",    "/v1/containers",                               "refused"],
  ["POST",    "/v1/evals",                                    "refused"],
  ["POST",    "/v1/organization/admin_api_keys",              "refused"],
  ["POST",    "/v1/memories/trace_summarize",                 "refused"],
  ["POST",    "/backend-api/codex/images/generations",        "refused"],
  ["POST",    "/backend-api/wham/tasks",                      "refused"],
  ["GET",     "/backend-api/wham/tasks/list",                 "refused"],
  ["GET",     "/backend-api/conversations",                   "refused"],
  ["GET",     "/backend-api/conversation/abc",                "refused"],
  ["POST",    "/backend-api/conversation",                    "refused"],
  ["POST",    "/backend-api/wham/rate-limit-reset-credits/consume", "refused"],
  ["POST",    "/v1/%72esponses",                              "refused"],
  ["POST",    "/v1/Responses",                                "refused"],
  ["PUT",     "/v1/responses",                                "refused"],
  ["POST",    "/v2/responses",                                "refused"],
] as const)("%s %s is %s", (method, path, expected) => {
  expect(decideCall(method, path)).toBe(expected)
})

// biome-ignore format: a table
test.each([
  ["/v1/responses",                 true],
  ["/v1/responses?model=gpt-5.2",   true],
  ["/backend-api/codex/responses",  true],
  ["/v1/realtime?model=x",          false],
  ["/v1/responses/resp_1",          false],
  ["/responses",                    false],
] as const)("a WebSocket on %s carries responses: %p", (path, expected) => {
  expect(isResponsesSocket(path)).toBe(expected)
})
