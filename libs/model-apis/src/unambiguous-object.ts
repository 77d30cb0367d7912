// Reads a request's JSON when it can be read in one way only, and changes fields of it in place.
//
// A field that bounds the bill must occur once, where the editing code finds it. Otherwise provider
// and meter could read different copies of it. Editing changes the bytes of the fields concerned
// and copies the rest, so the provider gets the agent's own text, spelling and order.

import { asObject, asText, type JsonObject, parseJson } from "@bot-bottle/contracts"
import { createFieldReader, type FieldRange } from "./json-fields.ts"

/** Objects, lists and members: what a body costs here to read, whatever its length. No client comes near it. */
const MAX_PARTS = 2_000_000
const MAX_FIELDS = 100
/** Writing out a value costs the square of its depth. */
const MAX_DEPTH = 500

/**
 * Undefined for text that is not an object, names a field twice, is nested too deep, or has a
 * `bounding` one too large to be found for editing. Some servers take a field in any case, and the
 * last of several, so these count as one. The `bounding` and the `spelled` fields must stand as
 * they are written here.
 */
export function parseUnambiguous(
  body: Uint8Array,
  bounding: readonly string[],
  spelled: readonly string[] = [],
): JsonObject | undefined {
  const exact = new Set([...bounding, ...spelled])
  const found = new Set<string>()
  const keys = new Set<string>()
  const folded = new Set<string>()
  let isPlain = true
  const reader = createFieldReader(
    new Set(bounding),
    (key) => found.add(key),
    (key) => {
      const fold = foldCase(key)
      isPlain &&= !folded.has(fold) && keys.size < MAX_FIELDS && (fold === key || !exact.has(fold))
      if (!isPlain) return
      keys.add(key)
      folded.add(fold)
    },
  )
  reader.push(body)
  if (!isPlain || reader.parts > MAX_PARTS || reader.deepest > MAX_DEPTH) return undefined
  if (bounding.some((key) => keys.has(key) && !found.has(key))) return undefined
  return asObject(parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8")))
}

/**
 * The same body with some top-level fields changed. `replace` gets each of `fields` that is there and gives its new
 * value's JSON, or undefined to leave it; `add` gets the ones that are there and gives the members to put first.
 */
export function editFields(
  body: Uint8Array,
  fields: readonly string[],
  replace: (field: string, value: unknown) => string | undefined,
  add: (present: ReadonlySet<string>) => Readonly<Record<string, string>>,
): Uint8Array {
  const edits: { readonly range: FieldRange; readonly text: string }[] = []
  const present = new Set<string>()
  const reader = createFieldReader(new Set(fields), (field, value, range) => {
    present.add(field)
    const text = replace(field, value)
    if (text !== undefined) edits.push({ range, text })
  })
  reader.push(body)
  const added = Object.entries(add(present)).map(([field, json]) => `${JSON.stringify(field)}:${json},`)
  const start = body.indexOf(OPEN_BRACE) + 1
  if (added.length > 0) edits.unshift({ range: { start, end: start }, text: added.join("") })

  const parts: Uint8Array[] = []
  let copied = 0
  for (const { range, text } of edits) {
    parts.push(body.subarray(copied, range.start), Buffer.from(text))
    copied = range.end
  }
  parts.push(body.subarray(copied))
  return Buffer.concat(parts)
}

/** How a request asks to be served. Two names for one tier would be two prices: the field bounds the request. */
export const TIER_FIELD = "service_tier"

export function tierOf(request: JsonObject): { readonly serviceTier?: string } {
  const tier = asText(request[TIER_FIELD])
  return tier === undefined ? {} : { serviceTier: tier }
}

/** Undefined for a model name that a ledger row or a screen should not hold. */
export function modelOf(request: JsonObject | undefined): string | undefined {
  const model = asText(request?.["model"])
  return model !== undefined && MODEL.test(model) ? model : undefined
}

const MODEL = /^[\x21-\x7e]{1,256}$/

export function isTokenCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}

const OPEN_BRACE = 0x7b

/** Up and down again: Go's JSON takes a long s for an s, and the sign of kelvin for a k. */
function foldCase(key: string): string {
  return key.toUpperCase().toLowerCase()
}
