// Picks chosen fields out of a JSON object of any size, while it streams by.
//
// Holds only the field being read, at most `MAX_FIELD_BYTES`; the rest is counted braces and
// skipped strings. A field is named by its whole path, so the same word in a model's text or in
// a tool's arguments is never taken for it.

import { parseJson } from "@bot-bottle/contracts"

export interface FieldReader {
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
 * `paths` are `usage`, `response.usage`, or `choices[].usage` for every object of a list; none may contain another.
 * `x_*.usage` is that of every name in the outermost object that begins so.
 * `onField` gets the path and the parsed value; a field that is too large or not JSON is passed over. `onKey` gets
 * every key of the outermost object, however large its value.
 */
export function createFieldReader(
  paths: ReadonlySet<string>,
  onField: (path: string, value: unknown, range: FieldRange) => void,
  onKey?: (key: string) => void,
): FieldReader {
  const containers = containersOf(paths)
  /** The object that is being read and those around it, as far as `paths` lead. */
  const stack: Container[] = []
  let depth = 0
  /** True where keys are looked at: in an object of `stack`, not deeper. */
  let isSeen = false
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

  function open(isList: boolean): void {
    const opened = stack.length === depth && capturing !== "value" ? containerAt(isList) : undefined
    if (opened !== undefined) stack.push(opened)
    depth++
    deepest = Math.max(deepest, depth)
    isSeen = opened !== undefined && !isList
    expectingKey = isSeen
  }

  function close(): void {
    if (stack.length === depth) {
      stack.pop()
      key = undefined
    }
    depth--
    isSeen = depth > 0 && stack.length === depth && stack.at(-1)?.isList === false
    complete ||= depth === 0
  }

  /** Undefined for an object or list in which no field of `paths` stands. */
  function containerAt(isList: boolean): Container | undefined {
    const outer = stack.at(-1)
    if (outer === undefined) return isList ? undefined : { path: "", isList }
    if (outer.isList) return isList ? undefined : { path: outer.path, isList }
    if (key === undefined) return undefined
    const path = isList ? `${pathOf(key)}[]` : pathOf(key)
    return containers.has(path) ? { path, isList } : undefined
  }

  function pathOf(name: string): string {
    const outer = stack.at(-1)?.path ?? ""
    return outer === "" ? name : `${outer}.${name}`
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
      // A name with our own signs in it could spell the path of another field.
      if (key !== undefined && /[.[*]/.test(key)) key = undefined
      if (key?.startsWith("x_") === true && depth === 1 && containers.has(EXTENSIONS)) key = EXTENSIONS
    } else if (key !== undefined && value !== undefined) onField(pathOf(key), value, { start, end: start + held })
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
            if (isSeen && expectingKey) {
              expectingKey = false
              capture("key", at)
              from = at
            }
            break
          case COLON:
            if (isSeen && key !== undefined && paths.has(pathOf(key))) {
              from = at + 1
              capture("value", from)
            }
            break
          case OPEN_BRACE:
          case OPEN_BRACKET:
            counted++
            open(byte === OPEN_BRACKET)
            break
          case COMMA:
          case CLOSE_BRACE:
          case CLOSE_BRACKET:
            counted++
            if (isSeen) {
              if (capturing === "value") {
                keep(chunk.subarray(from, at))
                finishCapture()
              }
              key = undefined
              expectingKey = byte === COMMA
            }
            if (byte !== COMMA) close()
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

/** Fields that a server adds to an API of somebody else's: `x_groq`. */
const EXTENSIONS = "x_*"

interface Container {
  readonly path: string
  readonly isList: boolean
}

/** `a.b[].c` stands in `a`, and in the objects of the list `a.b[]`. */
function containersOf(paths: ReadonlySet<string>): ReadonlySet<string> {
  const containers = new Set<string>()
  for (const path of paths) {
    const names = path.split(".")
    for (let count = 1; count < names.length; count++) containers.add(names.slice(0, count).join("."))
  }
  return containers
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
