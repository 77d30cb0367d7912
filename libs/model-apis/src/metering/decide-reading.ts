// Decides what one answer is charged. Every API asks here, for JSON, event streams and sockets.
//
// The provider's numbers stand. A number that it did not state usably is estimated: the input by
// the request, the output by the text that went by, and flagged. An estimate is never below what
// is known: a stated part, a stated total, or the reservation where output may have gone unseen.

import { NO_USAGE } from "@bot-bottle/contracts"
import type { MeterReading, ModelRequest } from "../model-api.ts"
import { inputOf, numberOf, type StatedUsage, usageOf } from "./stated-usage.ts"

export interface AnswerSeen {
  readonly stated: StatedUsage
  /** The provider said that its last output count is the final one. */
  readonly isFinal: boolean
  /** It ended with an error. */
  readonly hasFailed: boolean
  /** Some of an answer went by. */
  readonly hasBegun: boolean
  /** Text of it went by: an output of zero is then not its count. */
  readonly hasWritten: boolean
  /** Estimate of the output that went by; of an answer that is not read piece by piece, of all its text. */
  readonly writtenTokens: number
  /** There may be output that nothing here could see. */
  readonly hidesOutput: boolean
}

type Charge = Omit<MeterReading, "model" | "providerRequestId">

export function decideReading(seen: AnswerSeen, request: ModelRequest): Charge {
  const { stated, hasFailed, hasBegun, hidesOutput } = seen
  const writtenTokens = Math.ceil(seen.writtenTokens)
  const isNothingStated = inputOf(stated) + numberOf(stated.outputTokens) + numberOf(stated.totalTokens) === 0
  // A request that generates nothing only prepares: without an answer there is no bill.
  const isUnanswered = !hasBegun && (hasFailed || (request.maxOutputTokens === 0 && !seen.isFinal))
  if (isUnanswered && isNothingStated) return { how: "unbilled", usage: NO_USAGE, estimated: false }

  const isInputStated = knowsInput(seen, request)
  const isOutputStated = knowsOutput(seen, request, isInputStated)
  const usage = usageOf(stated)
  const missingInput = isInputStated ? 0 : Math.max(0, request.inputTokens - inputOf(stated))
  const inputTokens = usage.inputTokens + missingInput
  const written = isOutputStated ? usage.outputTokens : Math.max(usage.outputTokens, writtenTokens)
  const counted = inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  const outputTokens = Math.max(written, isOutputStated ? 0 : numberOf(stated.totalTokens) - counted)
  const pricing = pricingOf(stated)
  if (isInputStated && isOutputStated) return { how: "complete", usage, estimated: false, ...pricing }
  return {
    how: "cut-short",
    usage: { ...usage, inputTokens, outputTokens },
    estimated: true,
    ...pricing,
    ...(!isOutputStated && hidesOutput && { settleAtLeastReservation: true as const }),
  }
}

function pricingOf({ cacheWriteHourTokens, serviceTier }: StatedUsage) {
  const hour = numberOf(cacheWriteHourTokens)
  return { ...(hour > 0 && { cacheWriteHourTokens: hour }), ...(serviceTier !== undefined && { serviceTier }) }
}

function knowsInput({ stated, hasFailed, hasBegun }: AnswerSeen, { maxOutputTokens }: ModelRequest): boolean {
  if (typeof stated.inputTokens !== "number") return false
  if (stated.cacheReadTokens === "unusable" || stated.cacheWriteTokens === "unusable") return false
  // Nobody answers a request without reading it: such a zero only fills the field.
  return inputOf(stated) > 0 || hasFailed || (maxOutputTokens === 0 && !hasBegun)
}

function knowsOutput(seen: AnswerSeen, { maxOutputTokens }: ModelRequest, isInputStated: boolean): boolean {
  const { stated, isFinal, hasWritten } = seen
  const output = stated.outputTokens ?? (maxOutputTokens === 0 ? 0 : undefined)
  if (typeof output !== "number") return false
  if (output === 0 && hasWritten) return false
  if (maxOutputTokens === 0) return true
  return isFinal && (output > 0 || isInputStated)
}
