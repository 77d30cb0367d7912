// Meters a JSON answer: its top-level `usage` is the provider's final word, wherever in the
// body it stands and however large the body is.
//
// A body without it was billed in full all the same, and nothing here says how much.

import { asText, NO_USAGE, type Usage } from "@bot-bottle/contracts"
import type { MeterReading, ResponseHead, ResponseMeter } from "../model-api.ts"
import { createTopLevelReader } from "../top-level-fields.ts"
import { raiseTotals } from "./totals.ts"

const FIELDS = new Set(["type", "id", "model", "usage"])

export function createBodyMeter(head: ResponseHead): ResponseMeter {
  let usage: Usage = NO_USAGE
  let usageSeen = false
  const named = new Map<string, string>()
  const reader = createTopLevelReader(FIELDS, (key, value) => {
    if (key === "usage") {
      usage = raiseTotals(usage, value)
      usageSeen = true
    }
    const text = asText(value)
    if (text !== undefined) named.set(key, text)
  })

  function naming(): Pick<MeterReading, "model" | "providerRequestId"> {
    const model = named.get("model")
    const providerRequestId = named.get("id")
    return { ...(model !== undefined && { model }), ...(providerRequestId !== undefined && { providerRequestId }) }
  }

  return {
    push: (chunk) => reader.push(chunk),
    get usage() {
      return usage
    },
    end() {
      if (named.get("type") === "error") return { how: "unbilled", usage: NO_USAGE, estimated: false }
      if (usageSeen) return { how: "complete", usage, estimated: false, ...naming() }
      const guess = { ...NO_USAGE, inputTokens: head.inputTokens ?? 0 }
      return { how: "cut-short", usage: guess, estimated: true, settleAtLeastReservation: true, ...naming() }
    },
  }
}
