import { expect, test } from "bun:test"
import { familyOf } from "./model-family.ts"

// biome-ignore format: a table
test.each([
  // model                      tokenizer  scale  window     hides
  ["gpt-4o-2024-11-20",         "o200k",   1,     128_000,   false],
  ["gpt-4.1",                   "o200k",   1,     1_050_000, false],
  ["gpt-4",                     "cl100k",  1,     128_000,   false],
  ["gpt-4-0613",                "cl100k",  1,     128_000,   false],
  ["gpt-4-turbo",               "cl100k",  1,     128_000,   false],
  ["gpt-3.5-turbo",             "cl100k",  1,     128_000,   false],
  ["text-embedding-3-small",    "cl100k",  1,     1_050_000, false],
  ["o3-mini",                   "o200k",   1,     200_000,   true],
  ["gpt-5",                     "o200k",   1,     400_000,   true],
  ["gpt-5.2-codex",             "o200k",   1,     400_000,   true],
  ["gpt-5.6-sol",               "o200k",   1,     1_050_000, true],
  ["gpt-10",                    "o200k",   1,     1_050_000, true],
  ["openai/gpt-5.1",            "o200k",   1,     400_000,   true],
  ["ft:gpt-4o:acme::1",         "o200k",   1,     128_000,   false],
  ["gpt-oss:20b",               "o200k",   1,     200_000,   false],
  ["qwen/qwen3-coder",          "o200k",   1.3,   1_050_000, false],
  ["llama-3.3-70b",             "o200k",   1.3,   1_050_000, false],
] as const)("%s has %s, ×%d, %i tokens of input at most, hides its thinking: %p", (model, tokenizer, scale, windowTokens, hidesReasoning) => {
  expect(familyOf(model)).toEqual({ tokenizer, scale, windowTokens, hidesReasoning })
})
