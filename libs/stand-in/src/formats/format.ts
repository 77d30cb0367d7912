// One API as the stand-in must know it: how to read a request, how to write a reply. One file each
// beside this one implements it. Pure.

import type { StandInReply } from "../exchange.ts"

export interface ModelFormat {
  /** True for the calls that are billed. `path` has no query. */
  bills(method: string, path: string): boolean
  parse(body: string, path: string): ModelCall | { readonly problem: string }
  newId(index: number): string
  renderWhole(head: ReplyHead, reply: StandInReply): string
  /** Each string is one whole event, its end included. */
  renderEvents(head: ReplyHead, reply: StandInReply): readonly string[]
  readonly eventsType: string
  renderError(status: number, message: string, requestId: string): string
}

export interface ReplyHead {
  readonly id: string
  readonly call: ModelCall
}

export interface ModelCall {
  readonly model: string
  readonly path: string
  readonly stream: boolean
  readonly maxTokens: number
  /** The last piece of text a user message holds; `""` when there is none. */
  readonly lastUserText: string
  /** System prompt and tools: what stays the same from turn to turn. */
  readonly prefixTokens: number
  readonly conversationTokens: number
  readonly asksForCaching: boolean
  /** Chat Completions say what they cost only when asked, in a stream. */
  readonly asksForUsage?: boolean
  /** The response that this one continues, by its id. */
  readonly continues?: string
  /** A request that wants no answer and is charged nothing: only its place in a chain. */
  readonly isWarmUp?: boolean
}
