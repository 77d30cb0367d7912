// Adds up what a request's input will be billed: texts counted by the model's tokenizer, all else
// by the provider's documented sizes. Meant to err upwards: a reservation too small is an overshoot.

import { asText, type JsonObject } from "@bot-bottle/contracts"
import { estimateDocumentTokens } from "../anthropic-messages/media-tokens.ts"
import { countTokens } from "./count-tokens.ts"
import { type ImageDetail, imageTokens, pixelSizeOf } from "./image-tokens.ts"
import { familyOf } from "./model-family.ts"

/** The provider does not show the model exactly the text that was sent. */
const TEXT_MARGIN = 1.02
const SEALED_CHARACTERS_PER_TOKEN = 4

export interface InputTally {
  addText(value: unknown): void
  /** As the JSON text that the model may be shown; nothing for what is not there or has no fields. */
  addJson(value: unknown): void
  addTokens(tokens: number): void
  /** `url` may be a `data:` URL, an address, or missing. */
  addImage(url: unknown, detail: unknown): void
  /** `data` may be base64, plain or in a `data:` URL; a file that is only named may be anything. */
  addFile(data: unknown): void
  /** Text that only the provider can read, in base64. */
  addSealed(value: unknown): void
  total(): Promise<number>
}

export function createInputTally(model: string): InputTally {
  const family = familyOf(model)
  const texts: string[] = []
  let tokens = 0

  return {
    addText(value) {
      if (typeof value === "string") texts.push(value)
    },
    addJson(value) {
      const json = JSON.stringify(value)
      if (json !== undefined && json !== "{}") texts.push(json)
    },
    addTokens(more) {
      tokens += more
    },
    addImage(url, detail) {
      tokens += imageTokens(model, pixelSizeOf(asText(url) ?? ""), detailOf(detail))
    },
    addFile(data) {
      const text = asText(data)
      const base64 = text?.slice(text.startsWith("data:") ? text.indexOf(",") + 1 : 0)
      tokens += estimateDocumentTokens(base64 === undefined ? undefined : { type: "base64", data: base64 })
    },
    addSealed(value) {
      tokens += (asText(value) ?? "").length / SEALED_CHARACTERS_PER_TOKEN
    },
    async total() {
      const counted = await countTokens(texts, family.tokenizer)
      return Math.ceil((counted * TEXT_MARGIN + tokens) * family.scale)
    },
  }
}

/** The fields of `value` but for `names`. */
export function without(value: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
}

function detailOf(detail: unknown): ImageDetail {
  return detail === "low" || detail === "original" ? detail : "high"
}
