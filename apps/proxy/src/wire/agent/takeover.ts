// Hands an agent's connection over to what speaks another protocol on it: a stream of Node's over
// the socket that the agent's requests came by.

import { Duplex } from "node:stream"
import type { Denial } from "@bot-bottle/contracts"
import type { Reply } from "../answer/reply.ts"
import type { Outlet, Source } from "../outlet.ts"

export interface Takeover {
  /** The agent's connection. To be taken once; nothing that the agent said is lost before. */
  take(): AgentStream
  /** Instead of a takeover. */
  reply(reply: Reply): void
  refuse(denial: Denial): void
  readonly isGone: boolean
  /** Fires when the agent leaves before the takeover. */
  readonly signal: AbortSignal
}

export class AgentStream extends Duplex {
  readonly #out: Outlet
  readonly #source: Source
  readonly #terminate: () => void

  constructor(out: Outlet, source: Source, terminate: () => void) {
    super()
    this.#out = out
    this.#source = source
    this.#terminate = terminate
  }

  receive(bytes: Uint8Array): void {
    if (!this.push(bytes)) this.#source.pause()
  }

  override _read(): void {
    this.#source.resume()
  }

  override _write(chunk: Uint8Array, _encoding: unknown, written: () => void): void {
    this.#out.write(chunk)
    this.#out.whenDrained(written)
  }

  override _final(done: () => void): void {
    this.#out.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#terminate()
    done(error)
  }
}
