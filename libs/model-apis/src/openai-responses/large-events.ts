// Reads the bill out of an event that is too large to be held. The last event repeats the whole
// response with its instructions and tools, and may be megabytes long.
//
// Only what names the bill is kept of it. Smaller events are left to the reader of all events.

import type { JsonObject } from "@bot-bottle/contracts"
import { createFieldReader, type FieldReader } from "../json-fields.ts"

/** In bytes; every event of as many characters has at least as many. */
const MIN_BYTES = 512 * 1024
const RESPONSE = "response."
const PATHS = new Set(["type", "usage", "response.id", "response.model", "response.usage", "response.service_tier"])
const LINE_END = 0x0a
const DATA = "data:"

/** `onEvent` gets the event with those fields of its response alone. */
export function createLargeEventReader(onEvent: (event: JsonObject) => void): { push(chunk: Uint8Array): void } {
  let start = ""
  let length = 0
  let seen: Record<string, unknown> = {}
  let response: Record<string, unknown> = {}
  let reader: FieldReader | undefined

  function readLine(part: Uint8Array): void {
    const missing = part.subarray(0, DATA.length - start.length)
    if (missing.length > 0) start += Buffer.from(missing).toString("latin1")
    length += part.length
    if (start !== DATA) return
    reader ??= createFieldReader(PATHS, (path, value) => {
      if (path.startsWith(RESPONSE)) response[path.slice(RESPONSE.length)] = value
      else seen[path] = value
    })
    reader.push(part.subarray(missing.length))
  }

  function endLine(): void {
    if (length >= MIN_BYTES && seen["type"] !== undefined) onEvent({ ...seen, response })
    start = ""
    length = 0
    seen = {}
    response = {}
    reader = undefined
  }

  return {
    push(chunk) {
      let from = 0
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
        readLine(chunk.subarray(from, end))
        endLine()
        from = end + 1
      }
      readLine(chunk.subarray(from))
    },
  }
}
