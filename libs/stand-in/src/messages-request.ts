// Reads what the stand-in needs from the body of a Messages request, and counts its tokens:
// four characters are one token, which is no tokenizer but rises and falls like one.

export interface MessagesRequest {
  readonly model: string
  readonly stream: boolean
  readonly maxTokens: number
  /** The last piece of text a user message holds; `""` when there is none. */
  readonly lastUserText: string
  /** System prompt and tools: what stays the same from turn to turn. */
  readonly prefixTokens: number
  readonly conversationTokens: number
  readonly asksForCaching: boolean
}

export type MessagesRequestResult = MessagesRequest | { readonly problem: string }

export function parseMessagesRequest(body: string): MessagesRequestResult {
  const parsed = parseObject(body)
  if (parsed === undefined) return { problem: "The request body is not valid JSON" }
  const { model, messages, max_tokens: maxTokens, stream, system, tools } = parsed
  if (typeof model !== "string" || model === "") return { problem: "model: Field required" }
  if (!Array.isArray(messages) || messages.length === 0)
    return { problem: "messages: at least one message is required" }
  if (!Number.isInteger(maxTokens)) return { problem: "max_tokens: Field required" }

  const prefix = [system, tools].map((part) => (part === undefined ? "" : JSON.stringify(part))).join("")
  return {
    model,
    stream: stream === true,
    maxTokens: Number(maxTokens),
    lastUserText: findLastUserText(messages),
    prefixTokens: countTokens(prefix),
    conversationTokens: countTokens(JSON.stringify(messages)),
    asksForCaching: body.includes('"cache_control"'),
  }
}

export function countTokens(text: string): number {
  return Math.ceil(text.length / 4)
}

function findLastUserText(messages: readonly unknown[]): string {
  for (const message of messages.toReversed()) {
    if (!isObject(message) || message["role"] !== "user") continue
    const content = message["content"]
    if (typeof content === "string") return content
    if (!Array.isArray(content)) continue
    const block = content.findLast(
      (part) => isObject(part) && part["type"] === "text" && typeof part["text"] === "string",
    )
    if (block !== undefined) return block.text
  }
  return ""
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    // Said by the caller, in the provider's own words.
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
