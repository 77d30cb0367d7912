// Meters an answer of Ollama's own API: JSON objects one a line, of which the last one says what
// it counted. One object alone is the same with one line.
//
// A prompt that was still in memory is left out of the count by some versions: then the estimate
// stands for it.

import { asCount, asList, asObject, asText, type JsonObject, NO_USAGE, type Usage } from "@bot-bottle/contracts"
import { estimateTextTokens } from "../anthropic-messages/text-tokens.ts"
import { createUnbilledMeter } from "../body-or-stream.ts"
import type { MeterReading, ResponseHead, ResponseMeter } from "../model-api.ts"
import { createTopLevelReader } from "../top-level-fields.ts"

const FIELDS = new Set([
  "model",
  "message",
  "response",
  "thinking",
  "error",
  "done",
  "prompt_eval_count",
  "eval_count",
  "embeddings",
])
const LINE_END = 0x0a

export function createMeter(head: ResponseHead): ResponseMeter {
  // What it answered with another status made no tokens.
  if (head.status < 200 || head.status > 299) return createUnbilledMeter()
  let usage: Usage = NO_USAGE
  let counted = false
  let failed = false
  let written = 0
  let model: string | undefined
  let line = openLine()

  /** Reads one object as it streams by: a line with embeddings may be larger than we would hold. */
  function openLine() {
    const fields: Record<string, unknown> = {}
    const reader = createTopLevelReader(FIELDS, (key, value) => {
      fields[key] = value
    })
    return {
      push(chunk: Uint8Array): void {
        const before = reader.complete
        reader.push(chunk)
        if (!before && reader.complete) readLine(fields)
      },
      get complete() {
        return reader.complete
      },
    }
  }

  function readLine(fields: JsonObject): void {
    model = asText(fields["model"]) ?? model
    failed ||= asText(fields["error"]) !== undefined
    const message = asObject(fields["message"])
    for (const text of [fields["response"], fields["thinking"], message?.["content"], message?.["thinking"]])
      written += estimateTextTokens(asText(text) ?? "")
    for (const call of asList(message?.["tool_calls"])) written += estimateTextTokens(JSON.stringify(call))
    const isLast =
      fields["done"] === true || fields["embeddings"] !== undefined || fields["prompt_eval_count"] !== undefined
    if (!isLast || (written > 0 && fields["eval_count"] === undefined)) return
    counted = true
    const inputTokens = asCount(fields["prompt_eval_count"]) || (head.inputTokens ?? 0)
    usage = { ...NO_USAGE, inputTokens, outputTokens: asCount(fields["eval_count"]) }
  }

  function reading(): MeterReading {
    if (counted) return { how: "complete", usage, estimated: false }
    if (failed && written === 0) return { how: "unbilled", usage: NO_USAGE, estimated: false }
    const guess = { ...NO_USAGE, inputTokens: head.inputTokens ?? 0, outputTokens: Math.ceil(written) }
    const unknown = head.inputTokens === undefined && { settleAtLeastReservation: true as const }
    return { how: "cut-short", usage: guess, estimated: true, ...unknown }
  }

  return {
    push(chunk) {
      let from = 0
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
        line.push(chunk.subarray(from, end))
        from = end + 1
        if (line.complete) line = openLine()
      }
      line.push(chunk.subarray(from))
    },
    get usage() {
      return usage
    },
    end: () => ({ ...reading(), ...(model !== undefined && { model }) }),
  }
}
