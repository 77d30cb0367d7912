// Follows one response through its events, however they are carried: the provider names usage
// once, in the event that ends it.
//
//   completed, incomplete, failed with usage   the bill
//   failed or an error before any output       nothing is billed
//   anything else                              cut short: the input as estimated, the output that went by

import { asObject, asText, type JsonObject, type Usage } from "@bot-bottle/contracts"
import { decideReading } from "../metering/decide-reading.ts"
import { NOTHING_STATED, raiseStated, usageOf } from "../metering/stated-usage.ts"
import type { MeterReading, ModelRequest } from "../model-api.ts"
import { GATEWAY_PATHS, statedInEvent } from "../openai-tokens/body-format.ts"
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
  /** An event that broke off: its text counts, its numbers do not. */
  readTorn(event: JsonObject | undefined): void
  /** `hidesOutput`: there was an event that nobody could read. */
  end(seen: { readonly hidesOutput: boolean }): MeterReading
}

const LAST_EVENTS = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
  "response.cancelled",
  // Older servers', whatever became of the response.
  "response.done",
])

/** Some gateways put the usage beside the response. */
const LAST_USAGE_PATHS = ["response.usage", "usage", ...GATEWAY_PATHS, "response.service_tier"]
const USAGE_PATHS = ["response.usage", "response.service_tier"]

export function createResponseReader(request: ModelRequest): ResponseReader {
  let stated = NOTHING_STATED
  let usage = usageOf(stated)
  let isFinal = false
  let hasFailed = false
  let hasEnded = false
  let model: string | undefined
  let responseId: string | undefined
  const streamed = createStreamedOutput()

  function readResponse(event: JsonObject, isLast: boolean): void {
    const response = asObject(event["response"])
    model = asText(response?.["model"]) ?? model
    responseId = asText(response?.["id"]) ?? responseId
    const said = statedInEvent(event, isLast ? LAST_USAGE_PATHS : USAGE_PATHS)
    const raised = raiseStated(stated, said)
    if (raised !== stated) usage = usageOf(raised)
    stated = raised
    isFinal ||= isLast && typeof said.outputTokens === "number"
  }

  return {
    read(event) {
      const type = asText(event["type"]) ?? ""
      const isLast = LAST_EVENTS.has(type)
      if (type.startsWith("response.")) readResponse(event, isLast)
      hasEnded ||= isLast || type === "error"
      hasFailed ||= type === "response.failed" || type === "error" || hasStatus(event, "failed")
      if (!isLast) streamed.read(event)
      else if (!isFinal) streamed.readWhole(asObject(event["response"]))
    },
    readTorn(event) {
      if (event !== undefined && !LAST_EVENTS.has(asText(event["type"]) ?? "")) streamed.read(event)
    },
    get usage() {
      return usage
    },
    get ended() {
      return hasEnded
    },
    get billed() {
      return isFinal
    },
    get streamedTokens() {
      return streamed.tokens
    },
    get responseId() {
      return responseId
    },
    end: ({ hidesOutput }) => ({
      ...decideReading(
        {
          stated,
          isFinal,
          hasFailed,
          hasBegun: streamed.begun,
          hasWritten: streamed.tokens > 0,
          writtenTokens: streamed.tokens,
          hidesOutput: streamed.unseen || hidesOutput,
        },
        request,
      ),
      ...(model !== undefined && { model }),
      ...(responseId !== undefined && { providerRequestId: responseId }),
    }),
  }
}

function hasStatus(event: JsonObject, status: string): boolean {
  return event["type"] === "response.done" && asObject(event["response"])?.["status"] === status
}
