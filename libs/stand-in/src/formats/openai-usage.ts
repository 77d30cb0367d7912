// OpenAI's usage objects and errors, as its two APIs write them.

import type { Usage } from "@bot-bottle/contracts"

/** Input as OpenAI counts it: with what came from the cache, and what was written to it. */
export function wireInput({ inputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens
}

export function inputDetails({ cacheReadTokens, cacheWriteTokens }: Usage): object {
  return { cached_tokens: cacheReadTokens, ...(cacheWriteTokens > 0 && { cache_write_tokens: cacheWriteTokens }) }
}

export function renderOpenAiError(status: number, message: string): string {
  return JSON.stringify({ error: openAiError(status, message) })
}

export function openAiError(status: number, message: string): object {
  return {
    message,
    type: ERROR_TYPES.get(status) ?? (status < 500 ? "invalid_request_error" : "server_error"),
    param: null,
    code: null,
  }
}

const ERROR_TYPES: ReadonlyMap<number, string> = new Map([
  [401, "authentication_error"],
  [403, "permission_error"],
  [429, "rate_limit_error"],
])
