// Estimates the output tokens of a stream from the pieces that went by: what to charge for a
// stream that broke before it named its total.
//
// Thinking may be hidden: then a running estimate, or at the end the signature's length, is
// all that shows of it. A block counts the largest of the three.

import { asCount, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import { estimateTextTokens } from "./text-tokens.ts"

export interface StreamedOutput {
  /** `scale`: tokens of the model that speaks for each one that the estimate finds. */
  read(event: JsonObject, scale: number): void
  readonly tokens: number
}

export function createStreamedOutput(): StreamedOutput {
  let said = 0
  let thought = 0
  let block = { text: 0, announced: 0, signed: 0 }

  function closeBlock(): void {
    thought += Math.max(block.text, block.announced, block.signed)
    block = { text: 0, announced: 0, signed: 0 }
  }

  function readDelta(delta: JsonObject | undefined, scale: number): void {
    if (delta === undefined) return
    const count = (key: string) => scale * estimateTextTokens(asText(delta[key]) ?? "")
    switch (delta["type"]) {
      case "text_delta":
        said += count("text")
        break
      case "input_json_delta":
        said += count("partial_json")
        break
      case "thinking_delta":
        block.text += count("thinking")
        block.announced += asCount(delta["estimated_tokens"])
        break
      case "signature_delta":
        block.signed += sealedTokens(asText(delta["signature"]) ?? "")
        break
    }
  }

  return {
    read(event, scale) {
      if (event["type"] === "content_block_delta") readDelta(asObject(event["delta"]), scale)
      if (event["type"] === "content_block_start") {
        closeBlock()
        const opened = asObject(event["content_block"])
        // Thinking that is never shown comes whole, sealed.
        thought += sealedTokens(asText(opened?.["data"]) ?? "")
        said += scale * estimateTextTokens(asText(opened?.["name"]) ?? "")
      }
    },
    get tokens() {
      return Math.ceil(said + thought + Math.max(block.text, block.announced, block.signed))
    },
  }
}

/** Thinking sealed as base64: three bytes in four characters, some three bytes to a token. */
export function sealedTokens(base64: string): number {
  return base64.length / 4
}
