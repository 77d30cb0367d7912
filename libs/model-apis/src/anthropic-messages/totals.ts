// Reads Anthropic `usage` objects into running totals.
//
// A stream repeats its totals, so the largest of each field is kept and nothing is added:
// adding would bill `message_start` twice. Largest, not latest, because some gateways send
// a later 0. `iterations` (compaction, advisor) are billed beyond the top-level numbers, so
// their sum counts when it is the larger.

import { asCount, asList, asObject, type JsonObject, type Usage } from "@bot-bottle/contracts"

/** Returns `before` itself when nothing rose. */
export function raiseTotals(before: Usage, reported: unknown): Usage {
  const usage = asObject(reported)
  if (usage === undefined) return before
  const iterations = asList(usage["iterations"]).map(asObject)
  const total = (key: string) =>
    Math.max(
      asCount(usage[key]),
      iterations.reduce((sum, iteration) => sum + asCount(iteration?.[key]), 0),
    )

  const after = {
    inputTokens: Math.max(before.inputTokens, total("input_tokens")),
    cacheReadTokens: Math.max(before.cacheReadTokens, total("cache_read_input_tokens")),
    cacheWriteTokens: Math.max(before.cacheWriteTokens, total("cache_creation_input_tokens"), writtenByAge(usage)),
    outputTokens: Math.max(before.outputTokens, total("output_tokens")),
    reasoningTokens: Math.max(
      before.reasoningTokens,
      asCount(asObject(usage["output_tokens_details"])?.["thinking_tokens"]),
    ),
  }
  return isSame(before, after) ? before : after
}

/** The same cache writes, split by how long they live; some gateways send only these. */
function writtenByAge(usage: JsonObject): number {
  const split = asObject(usage["cache_creation"])
  return asCount(split?.["ephemeral_5m_input_tokens"]) + asCount(split?.["ephemeral_1h_input_tokens"])
}

function isSame(a: Usage, b: Usage): boolean {
  return (
    a.inputTokens === b.inputTokens &&
    a.cacheReadTokens === b.cacheReadTokens &&
    a.cacheWriteTokens === b.cacheWriteTokens &&
    a.outputTokens === b.outputTokens &&
    a.reasoningTokens === b.reasoningTokens
  )
}
