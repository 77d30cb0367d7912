// A provider in every mood: quick and slow answers, long and short ones, errors, answers torn
// in the middle or before anything was said. It bills what it begins to answer, in full.

import type { Usage } from "@bot-bottle/contracts"
import type { BilledRequest, ReceivedRequest, StandInReply } from "@bot-bottle/stand-in"
import { readJson } from "@bot-bottle/testkit"
import { createChance } from "./chance.ts"

export const CACHE_READ_WEIGHT = 0.1

export interface MoodyProvider {
  reply(request: ReceivedRequest): StandInReply
  /** Whether it tore, or means to tear, the answer to this one. */
  tears(model: string): boolean
}

export function createMoodyProvider(seed: number): MoodyProvider {
  const chance = createChance(seed)
  const torn = new Set<string>()
  return {
    tears: (model) => torn.has(model),
    reply(request) {
      const words = chance.between(1, 60)
      if (chance.happens(0.05)) return { text: "Overloaded", status: 529, usage: usageOf(request, 0) }
      const tearAfterEvents = chance.happens(0.08) ? chance.between(0, 4) : undefined
      if (tearAfterEvents !== undefined) torn.add(bodyOf(request).model)
      return {
        text: "word ".repeat(words).trim(),
        usage: usageOf(request, words),
        ...(chance.happens(0.8) ? { delayMs: chance.between(1, 40) } : {}),
        ...(tearAfterEvents === undefined ? {} : { tearAfterEvents }),
        ...(chance.happens(0.2) ? { encoding: chance.oneOf(["gzip", "br", "zstd", "deflate"] as const) } : {}),
      }
    },
  }
}

export function modelOf({ request }: BilledRequest): string {
  return bodyOf(request).model
}

export function isStreamed({ request }: BilledRequest): boolean {
  return bodyOf(request).stream
}

function bodyOf({ body }: ReceivedRequest) {
  return readJson(body, {
    model: "string",
    max_tokens: "number",
    stream: "boolean",
    messages: [{ content: "string" }],
  })
}

/** One token a word: no estimate of an input may be below that, and no answer is longer than was asked for. */
function usageOf(request: ReceivedRequest, words: number): Usage {
  const { messages, max_tokens } = bodyOf(request)
  const prompt = messages[0]!.content.trim().split(" ").length
  const cacheReadTokens = Math.floor(prompt / 3)
  const cacheWriteTokens = Math.floor(prompt / 5)
  return {
    inputTokens: prompt - cacheReadTokens - cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: Math.min(words, max_tokens),
    reasoningTokens: 0,
  }
}
