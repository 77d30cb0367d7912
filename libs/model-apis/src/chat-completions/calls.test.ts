import { expect, test } from "bun:test"
import { decideCall } from "./calls.ts"

// biome-ignore format: a table
test.each([
  ["POST", "/v1/chat/completions",                    "billed"],
  ["POST", "/api/v1/chat/completions?x=1",            "billed"],
  ["POST", "/openai/v1/chat/completions/",            "billed"],
  ["POST", "/chat/completions",                       "billed"],
  ["POST", "/v1beta/openai/chat/completions",         "billed"],
  ["POST", "/v1/embeddings",                          "billed"],
  ["GET",  "/v1/models",                              "free"],
  ["HEAD", "/",                                       "free"],
  ["POST", "/v1/completions",                         "refused"],
  ["POST", "/v1/responses",                           "refused"],
  ["POST", "/v1/images/generations",                  "refused"],
  ["POST", "/v1/audio/speech",                        "refused"],
  ["POST", "/v1/batches",                             "refused"],
  ["POST", "/v1/chat/completions/chatcmpl-1",         "refused"],
  ["POST", "/v1/chat/Completions",                    "refused"],
  ["POST", "/v1/xchat/completions",                   "refused"],
  ["PUT",  "/v1/chat/completions",                    "refused"],
  ["DELETE", "/v1/files/file_1",                      "refused"],
] as const)("%s %s is %s", (method, path, expected) => {
  expect(decideCall(method, path)).toBe(expected)
})
