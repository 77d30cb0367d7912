// The steps by which a billed request is read and changed: each is one call, and takes a large
// request the better part of a second. Done in this thread or in another (request-reader.ts).

import type { InputCounting, ModelApi, ModelRequest, SocketMessage } from "@bot-bottle/model-apis"
import type { KnownTable } from "./known-responses.ts"

export type Work =
  | { readonly kind: "read"; readonly body: Uint8Array; readonly known: KnownTable }
  | { readonly kind: "trim"; readonly body: Uint8Array; readonly hosts: readonly string[] }
  | { readonly kind: "clamp"; readonly body: Uint8Array; readonly maxOutputTokens: number }
  | { readonly kind: "ask-count"; readonly body: Uint8Array; readonly target: string }
  | { readonly kind: "read-message"; readonly message: string; readonly known: KnownTable }
  | { readonly kind: "clamp-message"; readonly message: string; readonly maxOutputTokens: number }

export interface WorkDone {
  readonly read: ModelRequest | undefined
  readonly trim: Uint8Array | undefined
  readonly clamp: Uint8Array
  readonly "ask-count": ReturnType<InputCounting["request"]>
  readonly "read-message": SocketMessage
  readonly "clamp-message": string
}

/** Undefined also for what this API has no such step for. */
export function doWork(api: ModelApi, work: Work): unknown {
  switch (work.kind) {
    case "read":
      return api.readRequest(work.body, knownFrom(work.known))
    case "trim":
      return api.trimServerFetches?.(work.body, work.hosts)
    case "clamp":
      return api.clampOutput(work.body, work.maxOutputTokens)
    case "ask-count":
      return api.counting?.request(work.target, work.body)
    case "read-message":
      return api.socket?.readMessage(work.message, knownFrom(work.known))
    case "clamp-message":
      return api.socket?.clampOutput(work.message, work.maxOutputTokens)
  }
}

export function sizeOf(work: Work): number {
  return "body" in work ? work.body.length : work.message.length
}

function knownFrom(known: KnownTable) {
  return { tokensOf: (responseId: string) => known.get(responseId) }
}
