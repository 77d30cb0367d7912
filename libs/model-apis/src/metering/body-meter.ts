// Meters a JSON answer: its usage is the provider's final word, wherever in the body it stands and
// however large the body is.
//
// An answer that failed, has no text and states no usage was not billed. Any other was, in full.

import { asList, asObject, asText } from "@bot-bottle/contracts"
import { createFieldReader } from "../json-fields.ts"
import type { MeterReading, ResponseHead, ResponseMeter } from "../model-api.ts"
import { decideReading } from "./decide-reading.ts"
import { NOTHING_STATED, raiseStated, type StatedUsage, usageOf } from "./stated-usage.ts"

export interface BodyFormat {
  /** Where usage objects stand. */
  readonly usagePaths: readonly string[]
  /** Where the answer's text and calls stand. */
  readonly textPaths: readonly string[]
  readStated(value: unknown, path: string): StatedUsage
  /** `fields` are `type`, `error` and `status` as far as they are there. */
  hasFailed(fields: ReadonlyMap<string, unknown>): boolean
}

const NAMING = ["id", "model", "type", "error", "status"]
/** For a body that never says its output: JSON holds about as many characters to a token as other text. */
const BYTES_PER_TOKEN = 4

export function createBodyMeter(head: ResponseHead, format: BodyFormat): ResponseMeter {
  const { request } = head
  let stated = NOTHING_STATED
  let usage = usageOf(stated)
  let bytes = 0
  let hasText = false
  const fields = new Map<string, unknown>()
  const usagePaths = new Set(format.usagePaths)
  const textPaths = new Set(format.textPaths)
  const reader = createFieldReader(new Set([...NAMING, ...usagePaths, ...textPaths]), (path, value) => {
    if (usagePaths.has(path)) readUsage(path, value)
    else if (textPaths.has(path)) hasText ||= isWritten(value)
    else fields.set(path, value)
  })

  function readUsage(path: string, value: unknown): void {
    if (asObject(value) === undefined && typeof value !== "string") return
    const raised = raiseStated(stated, format.readStated(value, path))
    if (raised !== stated) usage = usageOf(raised)
    stated = raised
  }

  function writtenTokens(): number {
    if (request.maxOutputTokens === 0) return 0
    return Math.min(bytes / BYTES_PER_TOKEN, request.maxOutputTokens ?? Number.POSITIVE_INFINITY)
  }

  return {
    push(chunk) {
      bytes += chunk.length
      reader.push(chunk)
    },
    get usage() {
      return usage
    },
    end(): MeterReading {
      const hasFailed = reader.complete && format.hasFailed(fields)
      const isStated = typeof stated.outputTokens === "number"
      const charge = decideReading(
        {
          stated,
          isFinal: isStated,
          hasFailed,
          hasBegun: !hasFailed || hasText,
          hasWritten: hasText,
          writtenTokens: hasFailed && !hasText ? 0 : writtenTokens(),
          hidesOutput: true,
        },
        request,
      )
      const model = asText(fields.get("model"))
      const id = asText(fields.get("id"))
      return { ...charge, ...(model !== undefined && { model }), ...(id !== undefined && { providerRequestId: id }) }
    },
  }
}

/** A text, a list of parts or calls, or the arguments of a call. */
function isWritten(value: unknown): boolean {
  if (typeof value === "string") return value.trim() !== ""
  return asList(value).length > 0 || Object.keys(asObject(value) ?? {}).length > 0
}
