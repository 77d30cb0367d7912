// Meters one response over HTTP. An answer's JSON opens with a brace and an event stream never
// does, whatever the content-type claims, so the first byte chooses.

import { asObject, parseJson } from "@bot-bottle/contracts"
import { createAnswerMeter } from "../metering/answer-meter.ts"
import { createBodyMeter } from "../metering/body-meter.ts"
import type { ResponseHead, ResponseMeter } from "../model-api.ts"
import { GATEWAY_PATHS, openAiBody } from "../openai-tokens/body-format.ts"
import { createSseReader } from "../sse-events.ts"
import { parseTornObject } from "../torn-object.ts"
import { billedTokens, chainTokensOf } from "./chain-tokens.ts"
import { createLargeEventReader } from "./large-events.ts"
import { createResponseReader } from "./response-reader.ts"

const BODY = openAiBody(
  ["usage", "response.usage", ...GATEWAY_PATHS, "service_tier"],
  ["output[].content[].text", "output[].arguments"],
)

export function createMeter(head: ResponseHead): ResponseMeter {
  const meter = createAnswerMeter(head, { body: (head) => createBodyMeter(head, BODY), stream: createStreamMeter })
  let chain: ResponseMeter["chain"]
  return {
    push: (chunk) => meter.push(chunk),
    get usage() {
      return meter.usage
    },
    end(how) {
      const reading = meter.end(how)
      const { providerRequestId: responseId } = reading
      const billed = reading.how === "complete" ? billedTokens(reading.usage) : undefined
      if (responseId !== undefined && billed !== undefined)
        chain = { responseId, tokens: chainTokensOf(billed, head.request.repeatedTokens) }
      return reading
    },
    get chain() {
      return chain
    },
  }
}

function createStreamMeter({ request }: ResponseHead): ResponseMeter {
  const response = createResponseReader(request)
  const reader = createSseReader({
    onEvent({ data }) {
      const event = asObject(parseJson(data))
      if (event !== undefined) response.read(event)
    },
    onTorn: (data) => response.readTorn(parseTornObject(data)),
  })
  const largeReader = createLargeEventReader((event) => response.read(event))
  return {
    push(chunk) {
      reader.push(chunk)
      largeReader.push(chunk)
    },
    get usage() {
      return response.usage
    },
    end() {
      reader.end()
      return response.end({ hidesOutput: reader.hasSkipped })
    },
  }
}
