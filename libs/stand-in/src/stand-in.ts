// Starts and stops the stand-in provider, and shows what it was asked and what it billed.
//
// Loopback only. Speaks HTTPS with a CA made for this one start, so nothing that trusts it
// trusts anything else. A billed request is on the bill before its first byte is answered
// and in full, however the answer ends: that is how providers charge.

import type { Usage } from "@bot-bottle/contracts"
import { createAnswers, type PlainAnswer } from "./answers.ts"
import { mintServerCertificate } from "./certificate.ts"
import { listen } from "./listen.ts"

export interface StandInOptions {
  /** Names its certificate is good for. */
  readonly hosts: readonly string[]
  /** Decides each billed answer; the default echoes the last user text in a few words. */
  readonly reply?: (request: ReceivedRequest, index: number) => StandInReply | Promise<StandInReply>
  /** Asked first, for every request; undefined leaves it to the provider's own manners. */
  readonly answer?: (request: ReceivedRequest) => PlainAnswer | undefined
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
  /** Not 200: an error in the provider's shape with `text` as its message, and nothing billed. */
  readonly status?: number
  /** Calls this tool instead of answering, e.g. to make Claude Code run a Bash command. Of Codex's, some take a plain text. */
  readonly toolUse?: { readonly name: string; readonly input: unknown }
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

export interface StandIn extends AsyncDisposable {
  readonly port: number
  /** `127.0.0.1:<port>`, for settings.yml's `resolve:`. */
  readonly address: string
  /** PEM of the CA that signed its certificate, for `upstream_ca:`. */
  readonly caPem: string
  /** Every request, billed or not, in order. */
  readonly received: readonly ReceivedRequest[]
  readonly bill: readonly BilledRequest[]
  /** Answers whose client left before the end. */
  readonly abandoned: number
}

export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const certificate = await mintServerCertificate(options.hosts, options.certificateEndsAt)
  const answers = createAnswers(options)
  const server = await listen({ certificate, port: options.port ?? 0, answers, sockets: options.sockets ?? "accept" })

  return {
    port: server.port,
    address: `127.0.0.1:${server.port}`,
    caPem: certificate.caPem,
    received: answers.received,
    bill: answers.bill,
    get abandoned() {
      return server.abandoned
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}
