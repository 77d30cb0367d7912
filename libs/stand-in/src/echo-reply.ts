// The stand-in's reply without a script: the last user text, shortened, with a usage that depends
// on both texts and on prompt caching, as a real one does.

import type { Usage } from "@bot-bottle/contracts"
import type { StandInReply } from "./exchange.ts"
import type { ModelCall } from "./formats/format.ts"
import { countTokens } from "./formats/json-text.ts"

const ECHOED_WORDS = 12

/** Remembers which prefixes it has seen: the first time is a cache write, later ones a cache read. */
export function createEchoReply(): (request: ModelCall) => StandInReply {
  const cachedPrefixes = new Set<string>()

  return (request) => {
    const words = request.lastUserText.split(/\s+/).filter((word) => word !== "")
    const echoed = words.slice(0, ECHOED_WORDS).join(" ")
    const text = `You said: ${echoed}${words.length > ECHOED_WORDS ? " …" : ""}`
    return { text, usage: usageOf(request, text) }
  }

  function usageOf(request: ModelCall, text: string): Usage {
    const outputTokens = Math.min(countTokens(text), request.maxTokens)
    const { prefixTokens, conversationTokens } = request
    const plain = { cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens, reasoningTokens: 0 }
    if (!request.asksForCaching || prefixTokens === 0) {
      return { ...plain, inputTokens: prefixTokens + conversationTokens }
    }

    const prefix = `${request.model} ${prefixTokens}`
    const cached = cachedPrefixes.has(prefix)
    cachedPrefixes.add(prefix)
    return {
      ...plain,
      inputTokens: conversationTokens,
      [cached ? "cacheReadTokens" : "cacheWriteTokens"]: prefixTokens,
    }
  }
}
