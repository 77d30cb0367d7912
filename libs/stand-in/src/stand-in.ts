// Starts and stops the stand-in provider, and shows what it was asked and what it billed.

import type { Usage } from "@bot-bottle/contracts"

export interface StandInOptions {
  /** Names its certificate is good for. */
  readonly hosts: readonly string[]
  /** Decides each billed answer; the default echoes the last user text in a few words. */
  readonly reply?: (request: ReceivedRequest, index: number) => StandInReply
}

export interface ReceivedRequest {
  readonly method: string
  /** With the query string. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface StandInReply {
  readonly text: string
  /** Pause between streamed events. */
  readonly delayMs?: number
  readonly usage: Usage
  readonly status?: number
  /** Calls this tool instead of answering, e.g. to make Claude Code run a Bash command. */
  readonly toolUse?: { readonly name: string; readonly input: unknown }
  /** Cuts the connection after this many events. */
  readonly tearAfterEvents?: number
  readonly encoding?: "identity" | "gzip" | "br" | "zstd" | "deflate"
}

export interface BilledRequest {
  readonly request: ReceivedRequest
  readonly usage: Usage
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
}

export function startStandIn(options: StandInOptions): Promise<StandIn> {
  throw new Error(`to be built: ${options.hosts}`)
}
