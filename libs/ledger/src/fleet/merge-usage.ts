// Usage of this host and of the others, added up by key.

import { localDate, type ZoneOffset } from "@bot-bottle/budget"
import type { UsageRecord } from "../postgres/shared-store.ts"
import type { UsageKey, UsageRow } from "../roles/metering.ts"

/** In the order of `usage`: days in order, everything else by what was charged, most first. */
export function mergeUsage(
  by: UsageKey,
  own: readonly UsageRow[],
  others: readonly UsageRecord[],
  offset: ZoneOffset,
): readonly UsageRow[] {
  const rows = new Map(own.map((row) => [row.key, row]))
  for (const record of others) {
    const key = by === "day" ? localDate(Number(record.key), offset) : record.key
    const row = rowFrom(key, record)
    const known = rows.get(key)
    rows.set(key, known ? addRows(known, row) : row)
  }
  const byKey = (a: UsageRow, b: UsageRow) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  const all = [...rows.values()]
  return by === "day" ? all.sort(byKey) : all.sort((a, b) => b.chargedTokens - a.chargedTokens || byKey(a, b))
}

function rowFrom(key: string, record: UsageRecord): UsageRow {
  return {
    key,
    requests: Number(record.requests),
    refusedRequests: Number(record.refused_requests),
    estimatedRequests: Number(record.estimated_requests),
    usage: {
      inputTokens: Number(record.input_tokens),
      cacheReadTokens: Number(record.cache_read_tokens),
      cacheWriteTokens: Number(record.cache_write_tokens),
      outputTokens: Number(record.output_tokens),
      reasoningTokens: Number(record.reasoning_tokens),
    },
    chargedTokens: Number(record.charged_tokens),
    costMicroUsd: Number(record.cost_micro_usd),
    unpricedRequests: Number(record.unpriced_requests),
  }
}

function addRows(a: UsageRow, b: UsageRow): UsageRow {
  return {
    key: a.key,
    requests: a.requests + b.requests,
    refusedRequests: a.refusedRequests + b.refusedRequests,
    estimatedRequests: a.estimatedRequests + b.estimatedRequests,
    usage: {
      inputTokens: a.usage.inputTokens + b.usage.inputTokens,
      cacheReadTokens: a.usage.cacheReadTokens + b.usage.cacheReadTokens,
      cacheWriteTokens: a.usage.cacheWriteTokens + b.usage.cacheWriteTokens,
      outputTokens: a.usage.outputTokens + b.usage.outputTokens,
      reasoningTokens: a.usage.reasoningTokens + b.usage.reasoningTokens,
    },
    chargedTokens: a.chargedTokens + b.chargedTokens,
    costMicroUsd: a.costMicroUsd + b.costMicroUsd,
    unpricedRequests: a.unpricedRequests + b.unpricedRequests,
  }
}
