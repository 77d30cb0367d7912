import { expect, test } from "bun:test"
import { decideCall } from "./calls.ts"

// biome-ignore format: a table
test.each([
  ["POST",    "/v1/messages",                              "billed"],
  ["POST",    "/v1/messages?beta=true",                    "billed"],
  ["POST",    "/v1/messages/",                             "billed"],
  ["POST",    "//v1//messages/?x=/y",                      "billed"],
  ["post",    "/v1/messages",                              "billed"],
  ["POST",    "/v1/messages/count_tokens?beta=true",       "free"],
  ["POST",    "/api/event_logging/batch",                  "free"],
  ["GET",     "/v1/models",                                "free"],
  ["GET",     "/v1/messages",                              "free"],
  ["HEAD",    "/",                                         "free"],
  ["POST",    "/v1/messages/batches",                      "refused"],
  ["POST",    "/v1/complete",                              "refused"],
  ["POST",    "/v1/code/sessions",                         "refused"],
  ["POST",    "/v1/code/triggers",                         "refused"],
  ["POST",    "/api/oauth/claude_cli/create_api_key",      "refused"],
  ["POST",    "/v1/messages%2Fcount_tokens",               "refused"],
  ["POST",    "/v1/%6dessages",                            "refused"],
  ["POST",    "/v1/Messages",                              "refused"],
  ["PUT",     "/v1/anything-new",                          "refused"],
] as const)("%s %s is %s", (method, path, expected) => {
  expect(decideCall(method, path)).toBe(expected)
})
