// Meters one chat completion, one legacy completion, or the embeddings of some texts. In a stream
// usage comes at the end, and only when the request asked for it; some servers put running totals
// into every chunk, or the usage into a choice.
//
// It is not asked for here: the extra chunk would reach a client that indexes its first choice. A
// stream without usage is charged as estimated, and where the model thinks unseen, at least what
// was reserved.

import { asList, asObject, asText, type JsonObject, parseJson } from "@bot-bottle/contracts"
import { estimateTextTokens } from "../anthropic-messages/text-tokens.ts"
import { createAnswerMeter } from "../metering/answer-meter.ts"
import { createBodyMeter } from "../metering/body-meter.ts"
import { decideReading } from "../metering/decide-reading.ts"
import { NOTHING_STATED, raiseStated, usageOf } from "../metering/stated-usage.ts"
import type { ResponseHead, ResponseMeter } from "../model-api.ts"
import { GATEWAY_PATHS, isError, openAiBody, statedInEvent } from "../openai-tokens/body-format.ts"
import { familyOf } from "../openai-tokens/model-family.ts"
import { createSseReader } from "../sse-events.ts"
import { parseTornObject } from "../torn-object.ts"

/** Where servers of this API put it. */
const USAGE_PATHS = [
  "usage",
  "choices[].usage",
  "choices[].delta.usage",
  "choices[].message.usage",
  "response.usage",
  ...GATEWAY_PATHS,
  "timings",
  "service_tier",
]
const BODY = openAiBody(USAGE_PATHS, [
  "choices[].message.content",
  "choices[].message.reasoning_content",
  "choices[].message.tool_calls",
  "choices[].text",
])

export function createMeter(head: ResponseHead): ResponseMeter {
  return createAnswerMeter(head, { body: (head) => createBodyMeter(head, BODY), stream: createStreamMeter })
}

function createStreamMeter({ request }: ResponseHead): ResponseMeter {
  let stated = NOTHING_STATED
  let usage = usageOf(stated)
  /** True once nothing more can be said about the answer. */
  let isOver = false
  let isFinal = false
  let hasFailed = false
  let hasBegun = false
  /** Nothing shows how much a picture was. */
  let hasPicture = false
  let written = 0
  let model: string | undefined
  let providerRequestId: string | undefined
  const reader = createSseReader({
    onEvent({ data }) {
      if (data.trim() === "[DONE]") end()
      const chunk = asObject(parseJson(data))
      if (chunk !== undefined) read(chunk)
    },
    onTorn: (data) => readChoices(parseTornObject(data)),
  })

  function end(): void {
    isOver = true
    isFinal ||= typeof stated.outputTokens === "number"
  }

  function read(chunk: JsonObject): void {
    hasFailed ||= isError(chunk["error"])
    model = asText(chunk["model"]) || model
    providerRequestId = asText(chunk["id"]) || providerRequestId
    const said = statedInEvent(chunk, USAGE_PATHS)
    const raised = raiseStated(stated, said)
    if (raised !== stated) usage = usageOf(raised)
    stated = raised
    const choices = readChoices(chunk)
    isOver ||= choices.some((choice) => choice?.["finish_reason"] != null)
    // A server that counts in every chunk is not done before it says so.
    if (typeof said.outputTokens === "number") isFinal ||= isOver || choices.length === 0
  }

  function readChoices(chunk: JsonObject | undefined): readonly (JsonObject | undefined)[] {
    const choices = asList(chunk?.["choices"]).map(asObject)
    for (const choice of choices) {
      const delta = asObject(choice?.["delta"]) ?? asObject(choice?.["message"]) ?? { content: choice?.["text"] }
      hasPicture ||= asList(delta["images"]).length > 0
      readTexts(delta)
    }
    return choices
  }

  function readTexts(delta: JsonObject): void {
    for (const text of textsOf(delta)) {
      hasBegun = true
      written += estimateTextTokens(text)
    }
  }

  return {
    push: (chunk) => reader.push(chunk),
    get usage() {
      return usage
    },
    end() {
      reader.end()
      const isThinking = hasBegun && familyOf(model ?? request.model).hidesReasoning
      const seen = { stated, isFinal, hasFailed, hasBegun, hasWritten: written > 0, writtenTokens: written }
      return {
        ...decideReading({ ...seen, hidesOutput: isThinking || hasPicture || reader.hasSkipped }, request),
        ...(model !== undefined && { model }),
        ...(providerRequestId !== undefined && { providerRequestId }),
      }
    },
  }
}

/** Everything a delta adds to the answer: text, refusals, thinking that servers show under either name, calls. */
function textsOf(delta: JsonObject): readonly string[] {
  const calls = [...asList(delta["tool_calls"]), { function: delta["function_call"] }].flatMap((value) => {
    const called = asObject(asObject(value)?.["function"]) ?? asObject(asObject(value)?.["custom"])
    return [called?.["name"], called?.["arguments"] ?? called?.["input"]]
  })
  const thought = delta["reasoning_content"] ?? delta["reasoning"] ?? delta["reasoning_details"]
  return [delta["content"], delta["refusal"], thought, asObject(delta["audio"])?.["transcript"], ...calls].flatMap(
    textIn,
  )
}

/** Some servers send a list of parts, with thinking as one of them, or arguments as an object. */
function textIn(value: unknown): readonly string[] {
  if (typeof value === "string") return value === "" ? [] : [value]
  const parts = asList(value)
  if (parts.length > 0)
    return parts.flatMap((part) => textIn(asObject(part)?.["text"] ?? asObject(part)?.["thinking"] ?? part))
  return asObject(value) === undefined ? [] : [JSON.stringify(value)]
}
