// Meters a JSON answer in OpenAI's style: its top-level `usage` is the provider's final word,
// wherever in the body it stands and however large the body is.
//
// An answer that failed and names no usage was not billed. Any other without it was, in full, and
// nothing here says how much.

import { asObject, asText, NO_USAGE, type Usage } from "@bot-bottle/contracts"
import type { ResponseHead, ResponseMeter } from "../model-api.ts"
import { createTopLevelReader } from "../top-level-fields.ts"
import { raiseUsage } from "./usage-object.ts"

const FIELDS = new Set(["id", "model", "usage", "error", "status"])

export function createBodyMeter(head: ResponseHead): ResponseMeter {
  let usage: Usage = NO_USAGE
  let usageSeen = false
  let failed = false
  const named = new Map<string, string>()
  const reader = createTopLevelReader(FIELDS, (key, value) => {
    if (key === "usage" && asObject(value) !== undefined) {
      usage = raiseUsage(usage, value)
      usageSeen = true
    }
    failed ||= (key === "error" && value !== null) || (key === "status" && value === "failed")
    const text = asText(value)
    if (text !== undefined) named.set(key, text)
  })

  return {
    push: (chunk) => reader.push(chunk),
    get usage() {
      return usage
    },
    end() {
      const model = named.get("model")
      const id = named.get("id")
      const naming = { ...(model !== undefined && { model }), ...(id !== undefined && { providerRequestId: id }) }
      if (usageSeen) return { how: "complete", usage, estimated: false, ...naming }
      if (failed && reader.complete) return { how: "unbilled", usage: NO_USAGE, estimated: false, ...naming }
      const guess = { ...NO_USAGE, inputTokens: head.inputTokens ?? 0 }
      return { how: "cut-short", usage: guess, estimated: true, settleAtLeastReservation: true, ...naming }
    },
  }
}
