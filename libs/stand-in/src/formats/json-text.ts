// Reads JSON that a client sent, and cuts texts as models send them.

export type JsonFields = Readonly<Record<string, unknown>>

export function parseObject(text: string): JsonFields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    // Said by the caller, in the provider's own words.
    return undefined
  }
}

export function isObject(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Four characters are one token: not a tokenizer, but it rises and falls like one. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4)
}

/** Of the parts that are there. */
export function countJsonTokens(...parts: readonly unknown[]): number {
  return countTokens(parts.map((part) => (part == null ? "" : JSON.stringify(part))).join(""))
}

/** A few words each, as a model's deltas are. Splits between code points, never inside one. */
export function pieces(text: string): readonly string[] {
  return text.match(/.{1,24}/gsu) ?? []
}

/** In messages of `{role, content}`, content a text or a list of parts with one. */
export function findLastUserText(messages: readonly unknown[]): string {
  for (const message of messages.toReversed()) {
    if (!isObject(message) || message["role"] !== "user") continue
    const content = message["content"]
    if (typeof content === "string") return content
    if (!Array.isArray(content)) continue
    const part: unknown = content.findLast((one) => isObject(one) && typeof one["text"] === "string")
    if (isObject(part)) return String(part["text"])
  }
  return ""
}
