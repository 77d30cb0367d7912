// Reads what a Messages request asks for, and lowers its output limit.
//
// Lowering edits the bytes of the fields concerned and copies the rest, so the provider gets
// the agent's own text, spelling and order. Therefore what bounds the bill must stand once and
// be found by the one who edits it: a request that could be read in two ways is refused.

import { asObject, asText, type JsonObject, parseJson } from "@bot-bottle/contracts"
import type { ModelRequest } from "../model-api.ts"
import { createTopLevelReader, type FieldRange } from "../top-level-fields.ts"
import { foldCase } from "../unambiguous-object.ts"
import { estimateInputTokens } from "./input-estimate.ts"
import { listServerFetches } from "./server-fetches.ts"

/** Objects, lists and members: what a body costs here to read, whatever its length. No client comes near it. */
const MAX_PARTS = 2_000_000
const MAX_FIELDS = 100
/** It is kept in the ledger, row by row, and shown. */
const MODEL = /^[\x21-\x7e]{1,256}$/
const BOUNDING_FIELDS = ["model", "max_tokens", "thinking"] as const
/** A gateway may take a field in any case, and the last of several. */
const BOUNDING = new Set<string>(BOUNDING_FIELDS)

export async function readRequest(body: Uint8Array): Promise<ModelRequest | undefined> {
  const found = new Set<string>()
  const keys = new Set<string>()
  const folded = new Set<string>()
  let isPlain = true
  const reader = createTopLevelReader(
    new Set(BOUNDING_FIELDS),
    (key) => found.add(key),
    (key) => {
      const fold = foldCase(key)
      isPlain &&= !folded.has(fold) && keys.size < MAX_FIELDS && (fold === key || !BOUNDING.has(fold))
      if (!isPlain) return
      keys.add(key)
      folded.add(fold)
    },
  )
  reader.push(body)
  if (!isPlain || reader.parts > MAX_PARTS) return undefined

  const request = asObject(parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8")))
  const model = asText(request?.["model"])
  if (request === undefined || model === undefined || !Array.isArray(request["messages"])) return undefined
  if (!MODEL.test(model)) return undefined
  // One that is there and was not found is too large to be lowered where it stands.
  if (BOUNDING_FIELDS.some((key) => keys.has(key) && !found.has(key))) return undefined

  const maxOutputTokens = request["max_tokens"]
  if (maxOutputTokens !== undefined && !isTokenCount(maxOutputTokens)) return undefined
  const inputTokens = await estimateOrGiveUp(request, model)
  if (inputTokens === undefined) return undefined
  const serverFetches = listServerFetches(request)
  const stream = request["stream"] === true
  return { model, maxOutputTokens, stream, inputTokens, ...(serverFetches.length > 0 && { serverFetches }) }
}

/** Undefined for content nested deeper than the estimate, or any provider, can follow. */
async function estimateOrGiveUp(request: JsonObject, model: string): Promise<number | undefined> {
  try {
    return await estimateInputTokens(request, model)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

export function clampOutput(body: Uint8Array, maxOutputTokens: number): Uint8Array {
  const edits: Edit[] = []
  let limitSeen = false
  const reader = createTopLevelReader(new Set(["max_tokens", "thinking"]), (key, value, range) => {
    if (key === "max_tokens") {
      limitSeen = true
      if (!isTokenCount(value) || value > maxOutputTokens) edits.push({ range, text: String(maxOutputTokens) })
    }
    const thinking = asObject(value)
    const text = key === "thinking" && thinking !== undefined && clampThinking(thinking, maxOutputTokens)
    if (text) edits.push({ range, text })
  })
  reader.push(body)

  if (!limitSeen) {
    const start = body.indexOf(OPEN_BRACE) + 1
    edits.unshift({ range: { start, end: start }, text: `"max_tokens":${maxOutputTokens},` })
  }
  return applyEdits(body, edits)
}

interface Edit {
  readonly range: FieldRange
  readonly text: string
}

const OPEN_BRACE = 0x7b
// The provider takes no thinking budget below this, and none that is not below max_tokens.
const MIN_THINKING_TOKENS = 1024

/** The thinking field that fits, or undefined when it fits as it is. */
function clampThinking(thinking: JsonObject, maxOutputTokens: number): string | undefined {
  const budget = thinking["budget_tokens"]
  if (typeof budget !== "number" || budget < maxOutputTokens) return undefined
  if (maxOutputTokens <= MIN_THINKING_TOKENS) return '{"type":"disabled"}'
  return JSON.stringify({ ...thinking, budget_tokens: maxOutputTokens - 1 })
}

function applyEdits(body: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const parts: Uint8Array[] = []
  let copied = 0
  for (const { range, text } of edits) {
    parts.push(body.subarray(copied, range.start), Buffer.from(text))
    copied = range.end
  }
  parts.push(body.subarray(copied))
  return Buffer.concat(parts)
}

function isTokenCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}
