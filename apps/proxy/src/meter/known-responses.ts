// Remembers what earlier responses held, so that a request that continues one is reserved with what
// it sends again. For the whole run: a client that reconnects continues its chain.
//
// Bounded: the oldest is forgotten, and a request that continues a forgotten one is then taken
// to send all that fits.

import type { KnownResponses } from "@bot-bottle/model-apis"

export interface ResponseMemory extends KnownResponses {
  remember(responseId: string, tokens: number): void
  /** For a thread, which gets a copy. */
  readonly all: KnownTable
}

export type KnownTable = ReadonlyMap<string, number>

const MAX_RESPONSES = 10_000
const MAX_ID_LENGTH = 256

export function createResponseMemory(maxResponses = MAX_RESPONSES): ResponseMemory {
  const known = new Map<string, number>()
  return {
    all: known,
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
