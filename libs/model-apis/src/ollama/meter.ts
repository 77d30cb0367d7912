// Meters an answer of Ollama's own API: JSON objects one a line, of which the last one says what
// it counted. One object alone is the same with one line.
//
// A prompt that was still in memory is left out of the count by some versions: then the estimate
// stands for it.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import { estimateTextTokens } from "../anthropic-messages/text-tokens.ts"
import { createFieldReader } from "../json-fields.ts"
import { createUnbilledMeter } from "../metering/answer-meter.ts"
import { decideReading } from "../metering/decide-reading.ts"
import { NOTHING_STATED, raiseStated, readLargest, usageOf } from "../metering/stated-usage.ts"
import type { ResponseHead, ResponseMeter } from "../model-api.ts"
import { isError } from "../openai-tokens/body-format.ts"

const FIELDS = new Set([
  "model",
  "message",
  "response",
  "thinking",
  "error",
  "done",
  "done_reason",
  "prompt_eval_count",
  "eval_count",
])
const LINE_END = 0x0a

export function createMeter(head: ResponseHead): ResponseMeter {
  // An answer with another status made no tokens.
  if (head.status < 200 || head.status > 299) return createUnbilledMeter()
  const { request } = head
  let stated = NOTHING_STATED
  let usage = usageOf(stated)
  let isFinal = false
  /** It answered that it failed, or that it only loaded the model. */
  let hasFailed = false
  let hasBegun = false
  let written = 0
  let model: string | undefined
  let line = openLine()

  /** Reads one object as it streams by: a line with embeddings may be larger than we would hold. */
  function openLine() {
    const fields: Record<string, unknown> = {}
    const reader = createFieldReader(FIELDS, (key, value) => {
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
    hasFailed ||= isError(fields["error"]) || LOADING.has(asText(fields["done_reason"]) ?? "")
    hasBegun ||= !hasFailed
    const message = asObject(fields["message"])
    for (const text of [fields["response"], fields["thinking"], message?.["content"], message?.["thinking"]])
      written += estimateTextTokens(asText(text) ?? "")
    for (const call of asList(message?.["tool_calls"])) written += estimateTextTokens(JSON.stringify(call))
    const said = {
      ...NOTHING_STATED,
      inputTokens: readLargest(fields, ["prompt_eval_count"]),
      outputTokens: readLargest(fields, ["eval_count"]),
    }
    const raised = raiseStated(stated, said)
    if (raised !== stated) usage = usageOf(raised)
    stated = raised
    isFinal ||= typeof said.outputTokens === "number"
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
    end: () => ({
      ...decideReading(
        {
          stated,
          isFinal,
          hasFailed,
          hasBegun,
          hasWritten: written > 0,
          writtenTokens: written,
          // One object that broke off: nothing of it was read.
          hidesOutput: !request.stream,
        },
        request,
      ),
      ...(model !== undefined && { model }),
    }),
  }
}

const LOADING: ReadonlySet<string> = new Set(["load", "unload"])
