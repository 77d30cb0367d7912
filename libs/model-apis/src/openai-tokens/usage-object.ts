// Reads OpenAI's usage objects into our normal form. Their input includes what came from a cache
// and what was written to one, ours does not; their output includes reasoning, and so does ours.

import { asCount, asObject, type JsonObject, type Usage } from "@bot-bottle/contracts"

/** `input_tokens` and `output_tokens`, or in Chat Completions `prompt_tokens` and `completion_tokens`. */
export function readUsage(reported: unknown): Usage | undefined {
  const usage = asObject(reported)
  if (usage === undefined) return undefined
  const input = Math.max(asCount(usage["input_tokens"]), asCount(usage["prompt_tokens"]))
  const output = Math.max(asCount(usage["output_tokens"]), asCount(usage["completion_tokens"]))
  const inputDetails = detailsOf(usage, "input_tokens_details", "prompt_tokens_details")
  const outputDetails = detailsOf(usage, "output_tokens_details", "completion_tokens_details")
  const cacheReadTokens = Math.max(asCount(inputDetails["cached_tokens"]), asCount(usage["prompt_cache_hit_tokens"]))
  const cacheWriteTokens = asCount(inputDetails["cache_write_tokens"])
  const reasoningTokens = asCount(outputDetails["reasoning_tokens"])
  return {
    inputTokens: Math.max(0, input - cacheReadTokens - cacheWriteTokens),
    cacheReadTokens,
    cacheWriteTokens,
    // Some gateways report reasoning beside the output and only the total tells.
    outputTokens: Math.max(output, reasoningTokens, asCount(usage["total_tokens"]) - input),
    reasoningTokens,
  }
}

/** The larger of both in every field; `before` itself when nothing rose. Totals are never added up. */
export function raiseUsage(before: Usage, reported: unknown): Usage {
  const after = readUsage(reported)
  if (after === undefined) return before
  const keys = Object.keys(before) as (keyof Usage)[]
  if (keys.every((key) => after[key] <= before[key])) return before
  // A later total that moves tokens from one kind to another is the truth about both kinds.
  return totalOf(after) >= totalOf(before) ? after : before
}

export function totalOf({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens }: Usage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens
}

function detailsOf(usage: JsonObject, ...names: readonly string[]): JsonObject {
  return names.map((name) => asObject(usage[name])).find((details) => details !== undefined) ?? {}
}
