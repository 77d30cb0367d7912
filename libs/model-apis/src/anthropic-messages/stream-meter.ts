// Meters an event stream: running totals from `message_start` and `message_delta`, and a
// count of the output that went by, for a stream that ends before it says what it cost.
//
// Events are known by the `type` in their data; some gateways leave the `event:` line out.

import { asObject, asText, type JsonObject, NO_USAGE, parseJson, type Usage } from "@bot-bottle/contracts"
import type { MeterReading, ResponseHead, ResponseMeter } from "../model-api.ts"
import { createSseReader } from "../sse-events.ts"
import { tokenScale } from "./model-tokenizer.ts"
import { createStreamedOutput } from "./streamed-output.ts"
import { raiseTotals } from "./totals.ts"

export function createStreamMeter(head: ResponseHead): ResponseMeter {
  let usage: Usage = NO_USAGE
  let started = false
  let failed = false
  /** True once the provider named the output's total; `message_start` only opens the count. */
  let final = false
  let model: string | undefined
  let providerRequestId: string | undefined
  const streamed = createStreamedOutput()
  const reader = createSseReader(({ data }) => {
    const event = asObject(parseJson(data))
    if (event !== undefined) read(event)
  })

  function read(event: JsonObject): void {
    switch (event["type"]) {
      case "message_start": {
        const message = asObject(event["message"])
        started = true
        model = asText(message?.["model"]) ?? model
        providerRequestId = asText(message?.["id"]) ?? providerRequestId
        usage = raiseTotals(usage, message?.["usage"])
        break
      }
      case "message_delta":
        usage = raiseTotals(usage, event["usage"])
        final ||= asObject(event["delta"])?.["stop_reason"] != null && asObject(event["usage"]) !== undefined
        break
      case "error":
        failed = true
        break
      default:
        streamed.read(event, tokenScale(model ?? ""))
    }
  }

  function cutShort(): MeterReading {
    const outputTokens = Math.max(usage.outputTokens, streamed.tokens)
    if (started) return { how: "cut-short", usage: { ...usage, outputTokens }, estimated: true }
    const guess = { ...usage, inputTokens: Math.max(usage.inputTokens, head.inputTokens ?? 0), outputTokens }
    // Without the request's estimate nobody here knows what its input cost.
    const unknown = head.inputTokens === undefined && { settleAtLeastReservation: true as const }
    return { how: "cut-short", usage: guess, estimated: true, ...unknown }
  }

  return {
    push: (chunk) => reader.push(chunk),
    get usage() {
      return usage
    },
    end() {
      if (failed && !started) return { how: "unbilled", usage: NO_USAGE, estimated: false }
      const reading = final ? ({ how: "complete", usage, estimated: false } as const) : cutShort()
      return {
        ...reading,
        ...(model !== undefined && { model }),
        ...(providerRequestId !== undefined && { providerRequestId }),
      }
    },
  }
}
