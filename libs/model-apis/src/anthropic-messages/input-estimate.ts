// Estimates what a Messages request's input will be billed, before it is sent.
//
// Text is counted as Claude's tokenizers count it; what is not text by the provider's documented
// sizes. The provider wraps both in text that is not known to the token, so the estimate errs
// upwards: a reservation too small is an overshoot. Two things have no bound here: documents given
// by reference, and what a server-side tool reads.

import { asList, asObject, asText, type JsonObject } from "@bot-bottle/contracts"
import { estimateDocumentTokens, estimateImageTokens } from "./media-tokens.ts"
import { hasEarlierTokenizer, tokenScale } from "./model-tokenizer.ts"
import { serverToolTokens } from "./server-tools.ts"
import { sealedTokens } from "./streamed-output.ts"
import { countTokens } from "./tokenizer/count-tokens.ts"

export async function estimateInputTokens(request: JsonObject, model: string): Promise<number> {
  const { texts, tokens } = readInput(request)
  const counted = await countTokens(texts, hasEarlierTokenizer(model) ? "claude-3" : "claude-4.7")
  return Math.ceil(counted * TEXT_MARGIN + tokens * tokenScale(model))
}

/** The provider does not show the model exactly the text that was sent: it renders tools and blocks its own way. */
const TEXT_MARGIN = 1.02

export const OUTSIDE_THE_PROMPT: ReadonlySet<string> = new Set([
  "model",
  "max_tokens",
  "stream",
  "thinking",
  "temperature",
  "top_k",
  "top_p",
  "metadata",
  "service_tier",
  "stop_sequences",
  "tool_choice",
])

interface Input {
  readonly texts: readonly string[]
  /** Of everything else. */
  readonly tokens: number
}

/** Throws RangeError for content nested too deep to follow. */
function readInput({ messages, system, tools, ...more }: JsonObject): Input {
  const texts: string[] = []
  let tokens = REQUEST_TOKENS
  addContent(system)
  for (const message of asList(messages)) {
    tokens += MESSAGE_TOKENS
    addContent(asObject(message)?.["content"])
  }
  addTools(asList(tools))
  // A field that is not known to stay outside the prompt may be put into it: schemas, servers,
  // skills.
  addRest(Object.fromEntries(Object.entries(more).filter(([key]) => !OUTSIDE_THE_PROMPT.has(key))))
  return { texts, tokens }

  function addContent(content: unknown): void {
    if (typeof content === "string") texts.push(content)
    for (const block of asList(content)) {
      tokens += BLOCK_TOKENS
      addBlock(block)
    }
  }

  function addBlock(value: unknown): void {
    const block = asObject(value)
    switch (block?.["type"]) {
      case "text":
        addText(block["text"])
        addRest({ ...block, type: undefined, text: undefined, cache_control: undefined })
        break
      case "image":
        tokens += estimateImageTokens(asObject(block["source"]))
        break
      case "document":
        addDocument(asObject(block["source"]))
        addRest({ ...block, source: undefined })
        break
      case "thinking":
        addThinking(asText(block["thinking"]) ?? "", asText(block["signature"]) ?? "")
        break
      case "redacted_thinking":
        tokens += sealedTokens(asText(block["data"]) ?? "")
        break
      case "tool_result":
        addContent(block["content"])
        addRest({ ...block, content: undefined })
        break
      default:
        addJson(value)
    }
  }

  function addText(value: unknown): void {
    texts.push(asText(value) ?? "")
  }

  /** Anything else, as the JSON text the model will be shown. */
  function addJson(value: unknown): void {
    if (value !== undefined) texts.push(JSON.stringify(value))
  }

  function addRest(fields: JsonObject): void {
    const json = JSON.stringify(fields)
    if (json !== "{}") texts.push(json)
  }

  /** The text may be a summary, or left out: then only the length of its seal shows how much there is. */
  function addThinking(text: string, signature: string): void {
    texts.push(text)
    tokens += Math.max(0, sealedTokens(signature) - text.length / CHARACTERS_PER_TOKEN)
  }

  function addDocument(source: JsonObject | undefined): void {
    if (source?.["type"] === "text") addText(source["data"])
    else if (source?.["type"] === "content") addContent(source["content"])
    else tokens += estimateDocumentTokens(source)
  }

  function addTools(list: readonly unknown[]): void {
    if (list.length > 0) tokens += TOOLS_TOKENS
    for (const tool of list) {
      tokens += (asObject(tool)?.["type"] ?? "custom") === "custom" ? TOOL_TOKENS : OWN_TOOL_TOKENS
      tokens += serverToolTokens(tool)
      addJson(tool)
    }
  }
}

// The text that the provider wraps around a request, a message, and tools. Its documentation names
// up to 530 tokens of tool instructions, and up to 735 for a tool of its own.
const REQUEST_TOKENS = 10
const MESSAGE_TOKENS = 4
const BLOCK_TOKENS = 4
const TOOLS_TOKENS = 600
const TOOL_TOKENS = 40
const OWN_TOOL_TOKENS = 800
const CHARACTERS_PER_TOKEN = 4
