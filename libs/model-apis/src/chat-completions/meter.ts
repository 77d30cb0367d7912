// Meters one chat completion. In a stream usage comes in the last chunk, which has no choices, and
// only when the request asked for it; some servers put running totals into every chunk.
//
// It is not asked for here: the extra chunk would reach a client that indexes its first choice. A
// stream without usage is charged as estimated, and where the model thinks unseen, at least what
// was reserved.

import { asList, asObject, asText, type JsonObject, NO_USAGE, parseJson, type Usage } from "@bot-bottle/contracts"
import { estimateTextTokens } from "../anthropic-messages/text-tokens.ts"
import { createBodyOrStreamMeter } from "../body-or-stream.ts"
import type { MeterReading, ResponseHead, ResponseMeter } from "../model-api.ts"
import { createBodyMeter } from "../openai-tokens/body-meter.ts"
import { familyOf } from "../openai-tokens/model-family.ts"
import { raiseUsage } from "../openai-tokens/usage-object.ts"
import { createSseReader } from "../sse-events.ts"

export function createMeter(head: ResponseHead): ResponseMeter {
  return createBodyOrStreamMeter(head, { body: createBodyMeter, stream: createStreamMeter })
}

function createStreamMeter(head: ResponseHead): ResponseMeter {
  let usage: Usage = NO_USAGE
  let usageSeen = false
  /** True once nothing more can be said about the answer. */
  let finished = false
  let failed = false
  let written = 0
  let begun = false
  let model: string | undefined
  let providerRequestId: string | undefined
  const reader = createSseReader(({ data }) => {
    if (data.trim() === "[DONE]") finished = true
    const chunk = asObject(parseJson(data))
    if (chunk !== undefined) read(chunk)
  })

  function read(chunk: JsonObject): void {
    if (chunk["error"] != null) failed = true
    model = asText(chunk["model"]) || model
    providerRequestId = asText(chunk["id"]) || providerRequestId
    // One server of this API wraps it.
    const reported = asObject(chunk["usage"]) ?? asObject(asObject(chunk["x_groq"])?.["usage"])
    usage = raiseUsage(usage, reported)
    usageSeen ||= reported !== undefined
    const choices = asList(chunk["choices"]).map(asObject)
    finished ||= reported !== undefined && choices.length === 0
    for (const choice of choices) {
      finished ||= choice?.["finish_reason"] != null && reported !== undefined
      readDelta(asObject(choice?.["delta"]) ?? asObject(choice?.["message"]))
    }
  }

  function readDelta(delta: JsonObject | undefined): void {
    for (const text of textsOf(delta)) {
      begun = true
      written += estimateTextTokens(text)
    }
  }

  function reading(): MeterReading {
    if (usageSeen && finished) return { how: "complete", usage, estimated: false }
    if (failed && !begun && !usageSeen) return { how: "unbilled", usage: NO_USAGE, estimated: false }
    const isUnknown = head.inputTokens === undefined || (begun && familyOf(model ?? "").hidesReasoning)
    const guess = {
      ...usage,
      inputTokens: usageSeen ? usage.inputTokens : (head.inputTokens ?? 0),
      outputTokens: Math.max(usage.outputTokens, Math.ceil(written)),
    }
    const most = isUnknown && { settleAtLeastReservation: true as const }
    return { how: "cut-short", usage: guess, estimated: true, ...most }
  }

  return {
    push: (chunk) => reader.push(chunk),
    get usage() {
      return usage
    },
    end: () => ({
      ...reading(),
      ...(model !== undefined && { model }),
      ...(providerRequestId !== undefined && { providerRequestId }),
    }),
  }
}

/** Everything a delta adds to the answer: text, refusals, thinking that servers show under either name, calls. */
function textsOf(delta: JsonObject | undefined): readonly string[] {
  if (delta === undefined) return []
  const calls = [...asList(delta["tool_calls"]), { function: delta["function_call"] }].flatMap((value) => {
    const called = asObject(asObject(value)?.["function"]) ?? asObject(asObject(value)?.["custom"])
    return [called?.["name"], called?.["arguments"] ?? called?.["input"]]
  })
  const thought = delta["reasoning_content"] ?? delta["reasoning"]
  return [delta["content"], delta["refusal"], thought, ...calls].filter(
    (text): text is string => typeof text === "string" && text !== "",
  )
}
