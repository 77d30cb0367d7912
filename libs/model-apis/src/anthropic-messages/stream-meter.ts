// Meters an event stream: running totals from `message_start` and `message_delta`, and a
// count of the output that went by, for a stream that ends before it says what it cost.
//
// Events are known by the `type` in their data; some gateways leave the `event:` line out.
// `message_start` only opens the output's count: the final one comes with the end of the message.

import { asObject, asText, type JsonObject, parseJson } from "@bot-bottle/contracts"
import { decideReading } from "../metering/decide-reading.ts"
import { NOTHING_STATED, raiseStated, usageOf } from "../metering/stated-usage.ts"
import type { ResponseHead, ResponseMeter } from "../model-api.ts"
import { createSseReader } from "../sse-events.ts"
import { parseTornObject } from "../torn-object.ts"
import { tokenScale } from "./model-tokenizer.ts"
import { createStreamedOutput } from "./streamed-output.ts"
import { statedInEvent } from "./totals.ts"

const STATING_EVENTS = new Set(["message_start", "message_delta", "message_stop"])

export function createStreamMeter({ request }: ResponseHead): ResponseMeter {
  let stated = NOTHING_STATED
  let usage = usageOf(stated)
  let hasStarted = false
  let hasFailed = false
  let hasStopped = false
  let isFinal = false
  let model: string | undefined
  let providerRequestId: string | undefined
  const streamed = createStreamedOutput()
  const reader = createSseReader({
    onEvent({ data }) {
      const event = asObject(parseJson(data))
      if (event !== undefined) read(event)
    },
    onTorn(data) {
      const event = parseTornObject(data)
      if (event !== undefined) streamed.read(event, tokenScale(model ?? request.model))
    },
  })

  function read(event: JsonObject): void {
    const type = asText(event["type"]) ?? ""
    if (STATING_EVENTS.has(type)) readStating(event, type)
    else if (type === "error") hasFailed = true
    else streamed.read(event, tokenScale(model ?? request.model))
  }

  function readStating(event: JsonObject, type: string): void {
    const message = asObject(event["message"])
    hasStarted ||= type === "message_start"
    model = asText(message?.["model"]) ?? model
    providerRequestId = asText(message?.["id"]) ?? providerRequestId
    const said = statedInEvent(event)
    const raised = raiseStated(stated, said)
    if (raised !== stated) usage = usageOf(raised)
    stated = raised
    hasStopped ||= type === "message_stop" || asObject(event["delta"])?.["stop_reason"] != null
    isFinal ||= hasStopped && typeof said.outputTokens === "number"
  }

  return {
    push: (chunk) => reader.push(chunk),
    get usage() {
      return usage
    },
    end() {
      reader.end()
      const { tokens: writtenTokens } = streamed
      const hasWritten = writtenTokens > 0
      const seen = { stated, isFinal, hasFailed, hasBegun: hasStarted || hasWritten, hasWritten, writtenTokens }
      return {
        ...decideReading({ ...seen, hidesOutput: reader.hasSkipped }, request),
        ...(model !== undefined && { model }),
        ...(providerRequestId !== undefined && { providerRequestId }),
      }
    },
  }
}
