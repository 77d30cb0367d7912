// How fast requests may be made: the same three keys in an agent, a bottle and settings.yml.

import { parseLimit } from "@bot-bottle/budget"
import { type FanOut, formatUsd, USD } from "@bot-bottle/contracts"
import { describeNode, type Fields, numberBetween, type Reader, type Readers, reject } from "../yaml/fields.ts"

export interface FanOutFields {
  parallel: number
  requests_per_minute: number
  spend_per_minute: number
}

export const FAN_OUT_KEYS = ["parallel", "requests_per_minute", "spend_per_minute"] as const

const MOST = 1_000_000

const dollars: Reader<number> = (node, place) => {
  const amount = node.kind === "scalar" ? parseLimit(USD, node.value) : undefined
  if (amount?.outcome === "parsed" && amount.tokens > 0) return amount.tokens
  return reject(node, place, `must be a number of dollars above 0, such as 0.50, not ${describeNode(node)}`)
}

export const fanOutReaders: Readers<FanOutFields> = {
  parallel: numberBetween(1, MOST, { whole: true }),
  requests_per_minute: numberBetween(1, MOST, { whole: true }),
  spend_per_minute: dollars,
}

/** Undefined when none of the three is there. */
export function fanOutOf(found: Fields<FanOutFields>): FanOut | undefined {
  const { parallel, requests_per_minute, spend_per_minute } = found
  if (parallel === undefined && requests_per_minute === undefined && spend_per_minute === undefined) return undefined
  return {
    ...(parallel !== undefined && { parallel: parallel.value }),
    ...(requests_per_minute !== undefined && { requestsPerMinute: requests_per_minute.value }),
    ...(spend_per_minute !== undefined && { spendPerMinute: spend_per_minute.value }),
  }
}

export function describeFanOut(key: string, value: number): string {
  return key === "spend_per_minute" ? formatUsd(value) : `${value}`
}
