// One wire format as the egress plane must know it: the size of a billed request, its cost as the
// response reports it, and a refusal that stops real clients.
//
// One folder implements it for each format; hosts/ says which calls speak it. Pure.

import type { Denial, Usage } from "@bot-bottle/contracts"

export interface ModelApi {
  /** For example `anthropic-messages`. */
  readonly name: string
  /**
   * Reads a billed request. Undefined when the body is not this API's; the caller then refuses it. A promise where
   * counting a large body takes long enough that others must have their turn meanwhile. `known` is what the caller
   * remembers of the responses it metered; without it, a request that continues one is taken to send all that fits.
   */
  readRequest(body: Uint8Array, known?: KnownResponses): ModelRequest | undefined | Promise<ModelRequest | undefined>
  /**
   * The same body with what the provider would reach (`reaches`) narrowed to these names, as far as
   * this API can. Undefined when nothing could be reached by it any more. Ask the rest of
   * `readRequest` again.
   */
  trimServerFetches?(body: Uint8Array, hosts: readonly string[]): Uint8Array | undefined
  /** Absent when the provider has no endpoint that counts. */
  readonly counting?: InputCounting
  /** The same body with its output limit lowered to `maxOutputTokens` (≥ 1). Never raises it. */
  clampOutput(body: Uint8Array, maxOutputTokens: number): Uint8Array
  /** One meter for one response, fed its decoded body. */
  createMeter(head: ResponseHead): ResponseMeter
  /** The answer that makes this API's real clients stop at once with our words. */
  denial(denial: Denial): { readonly status: number; readonly body: string }
  /** Bytes that end a started stream properly, with our words. */
  streamEnding(denial: Denial): Uint8Array
  /** How its streams are framed. Absent: as event streams. */
  readonly framing?: StreamFraming
  /** Present when the provider also speaks this API over WebSocket (RFC 6455). */
  readonly socket?: SocketApi
}

/** Server-Sent Events, or one JSON object a line. */
export type StreamFraming = "events" | "lines"

/**
 * One API over one WebSocket: requests and events are whole messages, text or UTF-8 in binary frames.
 *
 * One billed message at a time: pass the next one on only when the meter of the one before has ended. An error
 * event does not name the message that it answers, so with two under way it could end the wrong meter.
 */
export interface SocketApi {
  /** One message of the agent's. `known` is what the relay remembers of the responses it metered. */
  readMessage(message: string, known: KnownResponses): SocketMessage | Promise<SocketMessage>
  /** The same message with its output limit lowered to `maxOutputTokens` (≥ 1). Never raises it. */
  clampOutput(message: string, maxOutputTokens: number): string
  /** One meter for one billed message, fed the events that follow it. */
  createMeter(request: ModelRequest): SocketMeter
  /** The event that makes real clients stop at once with our words, whether or not a response has begun. */
  denial(denial: Denial): string
}

export type SocketMessage =
  /** Anything that is answered with a response, also one whose bill will be zero: `maxOutputTokens` is then 0. */
  | { readonly kind: "billed"; readonly request: ModelRequest }
  /** Passed on at once, without a reservation and without a meter: no response follows it. */
  | { readonly kind: "free" }
  /** Not this API's, or spends in a way no event here can meter. */
  | { readonly kind: "refused"; readonly why: string }

export interface KnownResponses {
  /**
   * The value that its meter gave as `chainTokens`, or the sum of its usage: what a request that
   * continues it sends again.
   */
  tokensOf(responseId: string): number | undefined
}

export interface SocketMeter {
  /** Never throws on provider text. */
  push(message: string): void
  readonly usage: Usage
  /** True once the provider said that this response is over; the next event belongs to another. */
  readonly ended: boolean
  /** For `KnownResponses`, as soon as the provider named it. */
  readonly responseId: string | undefined
  /** For `KnownResponses`, once `ended`: never less than what a message that continues this response sends again. */
  readonly chainTokens: number
  /** Call once: when `ended`, or when the socket closed before. */
  end(how: "finished" | "torn"): MeterReading
}

/** How to ask the provider itself what a request's input counts. The call is never billed. */
export interface InputCounting {
  /** `target` and `body` are the billed request's. Undefined when the count would leave out what it costs. */
  request(target: string, body: Uint8Array): { readonly target: string; readonly body: string } | undefined
  /** The count in the answer's body; undefined when there is none. */
  read(body: Uint8Array): number | undefined
}

export interface ModelRequest {
  readonly model: string
  readonly maxOutputTokens: number | undefined
  readonly stream: boolean
  /** Local estimate of the input, with what it continues; never under the provider's own count. */
  readonly inputTokens: number
  /** The part of `inputTokens` that a request which continues this one sends again itself. Absent: none known. */
  readonly repeatedTokens?: number
  /** How it asks to be served, in the API's own word. Absent: it does not say, so the account decides. */
  readonly serviceTier?: string
  /** How long the provider may keep its input, which has a price of its own. Absent: as long as its API can. */
  readonly cacheWrites?: "none" | "minutes" | "hour"
  /** The hosts that the provider itself would reach on the agent's word while it answers. Absent: nothing. */
  readonly serverFetches?: readonly ServerSideFetch[]
}

/** A server-side tool, a remote MCP server, a URL the provider is asked to fetch: a way out that is not ours. */
export interface ServerSideFetch {
  /** As the request names it: `tools[0] web_search`, `mcp_servers[1]`, `messages[2] image url`. */
  readonly what: string
  /** Names as written; `anywhere` when the request sets no bound. */
  readonly hosts: readonly string[] | "anywhere"
}

export interface ResponseHead {
  readonly status: number
  /** Lower-case media type without parameters, `""` when missing. */
  readonly contentType: string
  /** The request that it answers: it replaces values that the answer does not state. */
  readonly request: ModelRequest
}

export interface ResponseMeter {
  /** Never throws on provider bytes; holds at most 1 MiB. */
  push(chunk: Uint8Array): void
  /** Usage as reported so far; rises, for crossings seen mid-stream. The same object until it changes. */
  readonly usage: Usage
  /** Call once, when the response ended. */
  end(how: "finished" | "torn"): MeterReading
  /** For `KnownResponses`, after `end`: under which id a request can continue this response, and what it sends again. */
  readonly chain?: { readonly responseId: string; readonly tokens: number } | undefined
}

export interface MeterReading {
  /** `complete`: the provider's final word. `cut-short`: billed, but the total was not seen. `unbilled`: an error or no generation. */
  readonly how: "complete" | "cut-short" | "unbilled"
  readonly usage: Usage
  /** True when `usage` holds an estimate of output already streamed. */
  readonly estimated: boolean
  /** The provider billed more than could be seen: charge the whole reservation if it is larger than `usage`. */
  readonly settleAtLeastReservation?: true
  readonly model?: string
  readonly providerRequestId?: string
  /** The cache writes that are kept for an hour: they have a price of their own. Absent: none. */
  readonly cacheWriteHourTokens?: number
  /** How the provider says it served the request, in its own word. Absent: as usual. */
  readonly serviceTier?: string
}
