// Reads usage objects in OpenAI's style. Their input includes what came from a cache and what was
// written to one, ours does not; their output includes reasoning, and so does ours.

import { asObject, asText, type JsonObject, type Usage } from "@bot-bottle/contracts"
import { NOTHING_STATED, numberOf, readLargest, type StatedCount, type StatedUsage } from "../metering/stated-usage.ts"

// Responses, Chat Completions, and what gateways make of both, by Gemini's and Bedrock's names too.
const INPUT = spellings("input_tokens", "prompt_tokens", "prompt_token_count", "input_token_count")
const OUTPUT = spellings("output_tokens", "completion_tokens", "candidates_token_count", "output_token_count")
const TOTAL = spellings("total_tokens", "total_token_count")
const INPUT_DETAILS = spellings("input_tokens_details", "prompt_tokens_details", "input_token_details")
const OUTPUT_DETAILS = spellings("output_tokens_details", "completion_tokens_details", "output_token_details")
const CACHE_READ = spellings(
  "cached_tokens",
  "prompt_cache_hit_tokens",
  "cache_read",
  "cache_read_input_tokens",
  "cache_read_input_token_count",
  "cached_content_token_count",
)
const CACHE_WRITE = spellings("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens")
const REASONING = spellings("reasoning_tokens", "thoughts_token_count")

/** Gateways in other languages write `inputTokens`. */
function spellings(...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [name, name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())])
}

export function readStated(reported: unknown): StatedUsage {
  const usage = asObject(reported)
  if (usage === undefined) return NOTHING_STATED
  const input = readLargest(usage, INPUT)
  const totalTokens = readLargest(usage, TOTAL)
  const inputDetails = detailsOf(usage, INPUT_DETAILS)
  const cacheReadTokens = readLargest({ ...usage, ...inputDetails }, CACHE_READ)
  const cacheWriteTokens = readLargest({ ...usage, ...inputDetails }, CACHE_WRITE)
  const reasoningTokens = readLargest({ ...usage, ...detailsOf(usage, OUTPUT_DETAILS) }, REASONING)
  return {
    inputTokens: uncachedOf(input, numberOf(cacheReadTokens) + numberOf(cacheWriteTokens)),
    cacheReadTokens,
    cacheWriteTokens,
    cacheWriteHourTokens: undefined,
    outputTokens: outputOf(readLargest(usage, OUTPUT), input, totalTokens, reasoningTokens),
    reasoningTokens,
    totalTokens,
    serviceTier: undefined,
  }
}

/** More from a cache than there is input: this server counts it beside the input, as Anthropic does. */
function uncachedOf(input: StatedCount, cached: number): StatedCount {
  return typeof input === "number" && cached <= input ? input - cached : input
}

/** It stands beside the usage. `default` and `auto` are how requests are served that ask for nothing else. */
export function readTier(value: unknown): StatedUsage {
  const tier = asText(value)
  return tier === undefined || USUAL_TIERS.has(tier) ? NOTHING_STATED : { ...NOTHING_STATED, serviceTier: tier }
}

const USUAL_TIERS: ReadonlySet<string> = new Set(["default", "auto", "standard"])

/** Some gateways report reasoning beside the output, or no output at all, and only the total tells. */
function outputOf(output: StatedCount, input: StatedCount, total: StatedCount, reasoning: StatedCount): StatedCount {
  const rest = typeof input === "number" ? numberOf(total) - input : 0
  if (typeof output === "number") return Math.max(output, numberOf(reasoning), rest)
  return rest > 0 ? Math.max(rest, numberOf(reasoning)) : output
}

/** llama.cpp's own count, which it gives also where nobody asked for usage. */
export function readTimings(reported: unknown): StatedUsage {
  const timings = asObject(reported)
  // Without the cached part the prompt's count is only what was new of it.
  if (timings?.["cache_n"] === undefined) return NOTHING_STATED
  return {
    ...NOTHING_STATED,
    inputTokens: readLargest(timings, ["prompt_n"]),
    cacheReadTokens: readLargest(timings, ["cache_n"]),
    outputTokens: readLargest(timings, ["predicted_n"]),
  }
}

export function totalOf({ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens }: Usage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens
}

function detailsOf(usage: JsonObject, names: readonly string[]): JsonObject {
  return names.map((name) => asObject(usage[name])).find((details) => details !== undefined) ?? {}
}
