// Meters one answer of the Messages API.

import { createAnswerMeter } from "../metering/answer-meter.ts"
import { type BodyFormat, createBodyMeter } from "../metering/body-meter.ts"
import type { ResponseHead, ResponseMeter } from "../model-api.ts"
import { createStreamMeter } from "./stream-meter.ts"
import { BODY_USAGE_PATHS, readStated } from "./totals.ts"

const BODY: BodyFormat = {
  usagePaths: BODY_USAGE_PATHS,
  textPaths: ["content[].text", "content[].thinking", "content[].input"],
  readStated,
  hasFailed: (fields) => fields.get("type") === "error",
}

export function createMeter(head: ResponseHead): ResponseMeter {
  return createAnswerMeter(head, { body: (head) => createBodyMeter(head, BODY), stream: createStreamMeter })
}
