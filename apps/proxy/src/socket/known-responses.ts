// Remembers what earlier responses held, so that a message that continues one is reserved with
// what it sends again. For all sockets of the run: a client that reconnects goes on with its chain.
//
// Bounded: the oldest is forgotten, and a message that continues a forgotten one is then taken
// to send all that fits.

import type { KnownResponses } from "@bot-bottle/providers"

export interface ResponseMemory extends KnownResponses {
  remember(responseId: string, tokens: number): void
}

const MAX_RESPONSES = 10_000
const MAX_ID_LENGTH = 256

export function createResponseMemory(maxResponses = MAX_RESPONSES): ResponseMemory {
  const known = new Map<string, number>()
  return {
    tokensOf: (responseId) => known.get(responseId),
    remember(responseId, tokens) {
      if (responseId.length > MAX_ID_LENGTH) return
      known.delete(responseId)
      const oldest = known.keys().next().value
      if (known.size >= maxResponses && oldest !== undefined) known.delete(oldest)
      known.set(responseId, tokens)
    },
  }
}
