// Picks chosen fields out of a JSON object of any size, while it streams by.
//
// Holds only the field being read, at most `MAX_FIELD_BYTES`; everything else is counted
// braces and skipped strings. Only keys of the outermost object are seen, and of one object in
// it when that is asked for, so the same word in a model's text or further in is nothing to it.

import { parseJson } from "@bot-bottle/contracts"

export interface TopLevelReader {
  push(chunk: Uint8Array): void
  /** True once the outermost object has closed. */
  readonly complete: boolean
  /** Commas, braces and brackets so far, those in strings left out: what a whole parse would cost. */
  readonly parts: number
  /** How deep objects and lists stood in one another at most. */
  readonly deepest: number
}

const MAX_FIELD_BYTES = 256 * 1024

/** Where a field's value stands: from the byte after its colon to the comma or brace that ends it. */
export interface FieldRange {
  readonly start: number
  readonly end: number
}

/**
 * `onField` gets the parsed value; a field that is too large or not JSON is passed over. `onKey` gets every
 * key of the outermost object, however large what follows it. With `within`, `wanted` fields of the object of that
 * name in the outermost one are given as well; `within` itself is then not to be wanted.
 */
export function createTopLevelReader(
  wanted: ReadonlySet<string>,
  onField: (key: string, value: unknown, range: FieldRange) => void,
  onKey?: (key: string) => void,
  within?: string,
): TopLevelReader {
  let depth = 0
  let inString = false
  let escaped = false
  let expectingKey = false
  let key: string | undefined
  let complete = false
  let capturing: "key" | "value" | undefined
  let parts: Uint8Array[] = []
  let held = 0
  let start = 0
  /** Bytes of the chunks before this one. */
  let passed = 0
  let counted = 0
  let deepest = 0
  /** True while the second level is the object that `within` names. */
  let isWithin = false

  /** Where keys and values are looked at. */
  function isSeen(): boolean {
    return depth === 1 || (isWithin && depth === 2)
  }

  function capture(what: "key" | "value", at: number): void {
    capturing = what
    start = passed + at
    parts = []
    held = 0
  }

  function keep(bytes: Uint8Array): void {
    held += bytes.length
    if (held > MAX_FIELD_BYTES) parts = []
    else parts.push(bytes.slice())
  }

  function finishCapture(): void {
    const value = held > MAX_FIELD_BYTES ? undefined : parseJson(Buffer.concat(parts).toString("utf8"))
    if (capturing === "key") {
      key = typeof value === "string" ? value : undefined
      if (key !== undefined && depth === 1) onKey?.(key)
    } else if (key !== undefined && value !== undefined) onField(key, value, { start, end: start + held })
    capturing = undefined
    parts = []
  }

  return {
    push(chunk) {
      // Start of what is being captured in this chunk.
      let from = 0
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at]
        if (inString) {
          if (escaped) escaped = false
          else if (byte === BACKSLASH) escaped = true
          else if (byte === QUOTE) {
            inString = false
            if (capturing === "key") {
              keep(chunk.subarray(from, at + 1))
              finishCapture()
            }
          }
          continue
        }
        switch (byte) {
          case QUOTE:
            inString = true
            if (isSeen() && expectingKey) {
              expectingKey = false
              capture("key", at)
              from = at
            }
            break
          case COLON:
            if (isSeen() && key !== undefined && wanted.has(key)) {
              from = at + 1
              capture("value", from)
            }
            break
          case OPEN_BRACE:
          case OPEN_BRACKET:
            counted++
            depth++
            deepest = Math.max(deepest, depth)
            if (depth === 2) isWithin = within !== undefined && key === within && byte === OPEN_BRACE
            expectingKey = isSeen() && byte === OPEN_BRACE
            break
          case COMMA:
          case CLOSE_BRACE:
          case CLOSE_BRACKET:
            counted++
            if (isSeen()) {
              if (capturing === "value") {
                keep(chunk.subarray(from, at))
                finishCapture()
              }
              key = undefined
              expectingKey = byte === COMMA
            }
            if (byte !== COMMA) {
              depth--
              if (depth === 1) isWithin = false
              complete ||= depth === 0
            }
            break
        }
      }
      if (capturing !== undefined) keep(chunk.subarray(from))
      passed += chunk.length
    },
    get complete() {
      return complete
    },
    get parts() {
      return counted
    },
    get deepest() {
      return deepest
    },
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
