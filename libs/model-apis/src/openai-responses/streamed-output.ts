// Estimates the output tokens of a response from the events that went by: what to charge when it
// ends before it names its total.
//
// An item counts the larger of what was streamed of it and what it held when it was done. Reasoning
// is mostly hidden: then the length of its seal shows it, and without one nothing does.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import { estimateTextTokens } from "../anthropic-messages/text-tokens.ts"

/** For a hidden item that has not ended. */
const OPEN_REASONING_TOKENS = 1024
const SEALED_CHARACTERS_PER_TOKEN = 4

export interface StreamedOutput {
  read(event: JsonObject): void
  /** The whole response, as the last event repeats it; some servers send its output in no other. */
  readWhole(response: JsonObject | undefined): void
  readonly tokens: number
  /** True once anything of the output went by. */
  readonly begun: boolean
  /** True when reasoning or a picture went by of which nothing shows how much it was. */
  readonly unseen: boolean
}

export function createStreamedOutput(): StreamedOutput {
  let closed = 0
  let whole = 0
  let begun = false
  let unseen = false
  const open = new Map<unknown, { tokens: number; readonly hidden: boolean }>()

  function readDelta(event: JsonObject): void {
    const delta = asText(event["delta"])
    if (delta === undefined) return
    begun = true
    const index = event["output_index"]
    const item = open.get(index) ?? { tokens: 0, hidden: false }
    if (open.size < MAX_OPEN || open.has(index)) open.set(index, item)
    item.tokens += estimateTextTokens(delta)
  }

  function closeItem(index: unknown, item: JsonObject): void {
    const streamed = open.get(index)?.tokens ?? 0
    open.delete(index)
    closed += Math.max(streamed, heldTokens(item))
  }

  /** Of the item as it is when it is done. */
  function heldTokens(item: JsonObject): number {
    const sealed = (asText(item["encrypted_content"]) ?? "").length / SEALED_CHARACTERS_PER_TOKEN
    const isHidden = isReasoning(item) && sealed === 0 && asText(textOfReasoning(item)) === undefined
    unseen ||= isHidden || item["type"] === "image_generation_call"
    return estimateTextTokens(textOf(item)) + sealed
  }

  return {
    read(event) {
      const item = asObject(event["item"])
      switch (event["type"]) {
        case "response.output_item.added":
          begun = true
          if (item !== undefined && open.size < MAX_OPEN)
            open.set(event["output_index"], { tokens: 0, hidden: isReasoning(item) })
          break
        case "response.output_item.done":
          begun = true
          if (item !== undefined) closeItem(event["output_index"], item)
          break
        default:
          readDelta(event)
      }
    },
    readWhole(response) {
      const items = asList(response?.["output"]).map((value) => asObject(value) ?? {})
      begun ||= items.length > 0
      whole = items.reduce((sum, item) => sum + heldTokens(item), 0)
    },
    get tokens() {
      const left = [...open.values()].reduce(
        (sum, { tokens, hidden }) => sum + (hidden ? Math.max(tokens, OPEN_REASONING_TOKENS) : tokens),
        0,
      )
      return Math.ceil(Math.max(closed + left, whole))
    },
    get begun() {
      return begun
    },
    get unseen() {
      return unseen
    },
  }
}

const MAX_OPEN = 1000

function isReasoning(item: JsonObject): boolean {
  return item["type"] === "reasoning"
}

/** The reasoning itself, where the model shows it; a summary says nothing about its length. */
function textOfReasoning(item: JsonObject): string | undefined {
  const parts = Array.isArray(item["content"]) ? item["content"] : []
  const text = parts.map((part) => asText(asObject(part)?.["text"]) ?? "").join("")
  return text === "" ? undefined : text
}

/** The model's own part of it, ids and seals left out. */
function textOf(item: JsonObject): string {
  const { encrypted_content: _sealed, id: _id, result: _image, type: _type, status: _status, ...written } = item
  const values = Object.values(written).map((value) => (typeof value === "string" ? value : JSON.stringify(value)))
  return values.join("")
}
