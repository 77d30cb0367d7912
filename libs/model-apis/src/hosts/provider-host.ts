// Sorts the calls to one provider's host, and chooses the format of a billed one by its path.
//
// Every call that writes is refused unless it is known to be harmless. That covers calls that spend
// unseen, calls that hand out a key, and unknown calls.

import { placeOf } from "../call-path.ts"
import type { ModelApi } from "../model-api.ts"

export interface ProviderHost {
  /** For example `openai-responses`. Routes name it. */
  readonly name: string
  /** `path` may carry a query. */
  decideCall(method: string, path: string): HostCall
  /** The format in which a WebSocket on this path carries billed requests. Any other upgrade is to be refused. */
  socketAt(path: string): ModelApi | undefined
  /** The API whose shape a refusal on this path takes. */
  formatAt(path: string): ModelApi
}

export type HostCall =
  | { readonly kind: "billed"; readonly api: ModelApi }
  | { readonly kind: "free" }
  /** `what` names it for people: `Batches`. Undefined for a call that this build does not know. */
  | { readonly kind: "refused"; readonly what: string | undefined }

export interface HostCalls {
  readonly name: string
  /** For refusals on paths of no format. */
  readonly main: ModelApi
  /** Answers to POST that state what they cost. */
  readonly billed: readonly (readonly [place: RegExp, api: ModelApi])[]
  /** Where a WebSocket carries them. */
  readonly sockets: readonly (readonly [place: RegExp, api: ModelApi])[]
  /** `methods` are separated by spaces. */
  readonly free: readonly (readonly [methods: string, place: RegExp])[]
  /** The requests that only read. */
  readonly readable: RegExp
  /** Calls that spend, or mint credentials, in a way that no response here can meter. */
  readonly unmetered: readonly (readonly [place: RegExp, what: string])[]
}

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"])
export const ANY_PLACE = /^/

export function createProviderHost({ name, main, billed, sockets, free, ...more }: HostCalls): ProviderHost {
  const { readable, unmetered } = more
  const apiAt = (place: string) => billed.find(([pattern]) => pattern.test(place))?.[1]
  return {
    name,
    decideCall(method, path) {
      const place = placeOf(path)
      const verb = method.toUpperCase()
      const api = verb === "POST" ? apiAt(place) : undefined
      if (api !== undefined) return { kind: "billed", api }
      const isFree = READING_METHODS.has(verb)
        ? readable.test(place)
        : free.some(([methods, pattern]) => methods.split(" ").includes(verb) && pattern.test(place))
      if (isFree) return { kind: "free" }
      return { kind: "refused", what: unmetered.find(([pattern]) => pattern.test(place))?.[1] }
    },
    socketAt: (path) => sockets.find(([pattern]) => pattern.test(placeOf(path)))?.[1],
    formatAt: (path) => apiAt(placeOf(path)) ?? main,
  }
}
