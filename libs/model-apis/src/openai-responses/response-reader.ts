// Follows one response through its events, however they are carried: the provider names usage
// once, in the event that ends it.
//
//   completed, incomplete, failed with usage   the bill
//   failed or an error before any output       nothing is billed
//   anything else                              cut short: the input as estimated, the output that went by

import { asObject, asText, type JsonObject, NO_USAGE, type Usage } from "@bot-bottle/contracts"
import type { MeterReading } from "../model-api.ts"
import { raiseUsage } from "../openai-tokens/usage-object.ts"
import { createStreamedOutput } from "./streamed-output.ts"

export interface ResponseReader {
  read(event: JsonObject): void
  readonly usage: Usage
  /** True once an event said that this response is over. */
  readonly ended: boolean
  /** True once the provider named the bill. */
  readonly billed: boolean
  /** Estimate of the output that went by. */
  readonly streamedTokens: number
  readonly responseId: string | undefined
  end(): MeterReading
}

const LAST_EVENTS = new Set(["response.completed", "response.incomplete", "response.failed", "response.cancelled"])

/** `inputTokens` is the request's estimate, undefined when there was none; `generates` is false for a warm-up. */
export function createResponseReader(inputTokens: number | undefined, generates = true): ResponseReader {
  let usage: Usage = NO_USAGE
  let final = false
  let failed = false
  let ended = false
  let started = false
  let model: string | undefined
  let responseId: string | undefined
  const streamed = createStreamedOutput()

  function readResponse(response: JsonObject): void {
    started = true
    model = asText(response["model"]) ?? model
    responseId = asText(response["id"]) ?? responseId
    usage = raiseUsage(usage, response["usage"])
  }

  function cutShort(): MeterReading {
    const outputTokens = Math.max(usage.outputTokens, streamed.tokens)
    const input = Math.max(usage.inputTokens, inputTokens ?? 0)
    const unknown = (inputTokens === undefined || streamed.unseen) && { settleAtLeastReservation: true as const }
    return {
      how: "cut-short",
      usage: { ...usage, inputTokens: input, outputTokens },
      estimated: true,
      ...unknown,
    }
  }

  function reading(): MeterReading {
    if (final) return { how: "complete", usage, estimated: false }
    const isUnbilled = !streamed.begun && (failed || !generates)
    return isUnbilled ? { how: "unbilled", usage: NO_USAGE, estimated: false } : cutShort()
  }

  return {
    read(event) {
      const type = asText(event["type"]) ?? ""
      const response = type.startsWith("response.") ? asObject(event["response"]) : undefined
      if (response !== undefined) readResponse(response)
      if (LAST_EVENTS.has(type)) {
        ended = true
        final ||= asObject(response?.["usage"]) !== undefined
        failed ||= type === "response.failed"
      } else if (type === "error") {
        ended = true
        failed = true
      } else streamed.read(event)
    },
    get usage() {
      return usage
    },
    get ended() {
      return ended
    },
    get billed() {
      return final
    },
    get streamedTokens() {
      return streamed.tokens
    },
    get responseId() {
      return responseId
    },
    end: () => ({
      ...reading(),
      ...(model !== undefined && started && { model }),
      ...(responseId !== undefined && { providerRequestId: responseId }),
    }),
  }
}
