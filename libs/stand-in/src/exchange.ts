// The terms of a stand-in: its options, the requests it gets, the replies it gives, the bill. Types only.

import type { Usage } from "@bot-bottle/contracts"

export interface StandInOptions {
  /** Names its certificate is good for. */
  readonly hosts: readonly string[]
  /** Decides each billed answer; the default echoes the last user text in a few words. */
  readonly reply?: (request: ReceivedRequest, index: number) => StandInReply | Promise<StandInReply>
  /** Asked first, for every request; undefined leaves it to the provider's own manners. For a WebSocket's message, the body is sent back. */
  readonly answer?: (request: ReceivedRequest) => PlainAnswer | undefined | Promise<PlainAnswer | undefined>
  /** Added to every answer of a model, e.g. how much of a subscription's window is used. */
  readonly modelHeaders?: () => Readonly<Record<string, string>>
  /** `refuse` answers WebSocket handshakes with 426, of which clients learn to speak HTTP. */
  readonly sockets?: "accept" | "refuse"
  /** Told of each line of the bill when it is written. */
  readonly onBilled?: (billed: BilledRequest) => void
  /** 0, the default, takes any free port. */
  readonly port?: number
  /** When its certificate ends, e.g. yesterday. */
  readonly certificateEndsAt?: Date
}

export interface ReceivedRequest {
  /** `MESSAGE` for one of a WebSocket, whose path and headers are then the handshake's. */
  readonly method: string
  /** With the query string. */
  readonly path: string
  /** Names in lower case; a repeated header's values joined by ", ". */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface StandInReply {
  readonly text: string
  /** Pause between streamed events. */
  readonly delayMs?: number
  /** Awaited before each streamed event: lets a test hold a stream open without a clock. */
  readonly beforeEvent?: (index: number) => void | Promise<void>
  /** Sent as it is; the caller keeps it within the request's `max_tokens`. */
  readonly usage: Usage
  /** The cache writes that are kept for an hour. */
  readonly keptForAnHour?: number
  /** How the provider says it served the request; as usual when absent. */
  readonly serviceTier?: string
  /** Not 200: an error in the provider's shape with `text` as its message, and nothing billed. */
  readonly status?: number
  /** Calls this tool instead of answering, e.g. to make Claude Code run a Bash command. Of Codex's, some take a plain text, and some stand in a namespace. */
  readonly toolUse?: { readonly name: string; readonly input: unknown; readonly namespace?: string }
  /** Cuts the connection after this many events; a reply that is not streamed is cut in its middle. */
  readonly tearAfterEvents?: number
  /** Used whether or not the client offered it. */
  readonly encoding?: "identity" | "gzip" | "br" | "zstd" | "deflate"
}

export interface BilledRequest {
  readonly request: ReceivedRequest
  readonly usage: Usage
  /** The message's or response's id, as the client saw it. */
  readonly id: string
}

export interface PlainAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}
