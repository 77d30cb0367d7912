// Reads usage objects in Anthropic's style, where the parts of the input stand side by side.
//
// `iterations` (compaction, advisor) are billed beyond the top-level numbers, so their sum counts
// when it is the larger. Bedrock adds its own count to the last event, under its own names.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import {
  NOTHING_STATED,
  numberOf,
  raiseStated,
  readCount,
  readLargest,
  type StatedCount,
  type StatedUsage,
  valuesAt,
} from "../metering/stated-usage.ts"

const INPUT = ["input_tokens", "inputTokens", "inputTokenCount"]
const CACHE_READ = ["cache_read_input_tokens", "cacheReadInputTokens", "cacheReadInputTokenCount"]
const CACHE_WRITE = ["cache_creation_input_tokens", "cacheWriteInputTokens", "cacheWriteInputTokenCount"]
const OUTPUT = ["output_tokens", "outputTokens", "outputTokenCount"]
const BEDROCK = "amazon-bedrock-invocationMetrics"

/** Where usage stands in a JSON answer. */
export const BODY_USAGE_PATHS = ["usage", "message.usage", BEDROCK]
const EVENT_USAGE_PATHS = ["usage", "message.usage", "delta.usage", BEDROCK]

export function readStated(reported: unknown): StatedUsage {
  const usage = asObject(reported)
  if (usage === undefined) return NOTHING_STATED
  const iterations = asList(usage["iterations"]).map((value) => asObject(value) ?? {})
  const total = (names: readonly string[]): StatedCount => {
    const stated = readLargest(usage, names)
    const summed = iterations.reduce((sum, iteration) => sum + numberOf(readLargest(iteration, names)), 0)
    return summed > numberOf(stated) ? summed : stated
  }
  const written = total(CACHE_WRITE)
  const byAge = writtenByAge(usage)
  return {
    inputTokens: total(INPUT),
    cacheReadTokens: total(CACHE_READ),
    cacheWriteTokens: byAge > numberOf(written) ? byAge : written,
    outputTokens: total(OUTPUT),
    reasoningTokens: readCount(asObject(usage["output_tokens_details"])?.["thinking_tokens"]),
    totalTokens: undefined,
    cacheWriteHourTokens: readCount(asObject(usage["cache_creation"])?.["ephemeral_1h_input_tokens"]),
    serviceTier: unusual(asText(usage["service_tier"])),
  }
}

export function statedInEvent(event: JsonObject): StatedUsage {
  return EVENT_USAGE_PATHS.flatMap((path) => valuesAt(event, path))
    .map(readStated)
    .reduce(raiseStated, NOTHING_STATED)
}

function unusual(tier: string | undefined): string | undefined {
  return tier === "standard" ? undefined : tier
}

/** The same cache writes, split by how long they live; some gateways send only these. */
function writtenByAge(usage: JsonObject): number {
  const split = asObject(usage["cache_creation"])
  return (
    numberOf(readCount(split?.["ephemeral_5m_input_tokens"])) +
    numberOf(readCount(split?.["ephemeral_1h_input_tokens"]))
  )
}
