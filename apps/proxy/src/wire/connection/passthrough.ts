// Joins a bottle's connection to a host's checked address, byte for byte: for routes that are not
// looked into.

import type { Denial } from "@bot-bottle/contracts"
import type { AddressResult, Endpoint } from "../../upstream/address-book.ts"
import { Outlet, type OutletSocket, type Source } from "../outlet.ts"

export interface NearSocket extends OutletSocket, Source {
  terminate(): unknown
}

export interface PassthroughOptions {
  readonly near: NearSocket
  /** The bytes that the client has sent already. */
  readonly first: Uint8Array
  readonly findEndpoints: () => Promise<AddressResult>
  readonly onRefused: (reason: Denial["reason"]) => void
}

const CONNECT_MS = 10_000

export class Passthrough {
  readonly #near: NearSocket
  readonly #out: Outlet
  #far: { readonly socket: Bun.Socket<undefined>; readonly out: Outlet } | undefined
  /** A read that was on its way when the near socket was paused. */
  readonly #early: Uint8Array[] = []
  #isOver = false

  constructor(options: PassthroughOptions) {
    this.#near = options.near
    this.#out = new Outlet(options.near)
    this.#near.pause()
    void this.#open(options)
  }

  async #open({ findEndpoints, first, onRefused }: PassthroughOptions): Promise<void> {
    const found = await findEndpoints()
    if (this.#isOver) return
    const far = found.outcome === "refused" ? undefined : await this.#connect(found.endpoints)
    if (this.#isOver) {
      far?.terminate()
      return
    }
    if (far === undefined) {
      onRefused(found.outcome === "refused" ? found.reason : "upstream-unreachable")
      this.closed()
      this.#near.end()
      return
    }
    const out = new Outlet(far)
    this.#far = { socket: far, out }
    out.source = this.#near
    this.#out.source = far
    out.write(first)
    for (const bytes of this.#early) out.write(bytes)
    this.#early.length = 0
    this.#near.resume()
  }

  /** Each address in turn: the first that answers. */
  async #connect(endpoints: readonly Endpoint[]): Promise<Bun.Socket<undefined> | undefined> {
    for (const { address: hostname, port } of endpoints) {
      if (this.#isOver) return undefined
      const connecting = Bun.connect<undefined>({ hostname, port, allowHalfOpen: true, socket: this.#handlers }).catch(
        () => undefined,
      )
      const far = await Promise.race([connecting, Bun.sleep(CONNECT_MS)])
      if (far !== undefined) return far
      void connecting.then((late) => late?.terminate())
    }
    return undefined
  }

  readonly #handlers: Bun.SocketHandler<undefined> = {
    data: (_, bytes) => this.#out.write(bytes),
    drain: () => this.#far?.out.drain(),
    end: () => this.#out.end(),
    close: (socket) => {
      // An address that answered too late, after another was taken.
      if (this.#far !== undefined && this.#far.socket !== socket) return
      this.#far = undefined
      this.#isOver = true
      this.#out.end()
    },
    error: () => {
      // `close` follows.
    },
  }

  receive(bytes: Uint8Array): void {
    if (this.#far === undefined) this.#early.push(bytes)
    else this.#far.out.write(bytes)
  }

  drain(): void {
    this.#out.drain()
  }

  /** The bottle has said its last byte. */
  ended(): void {
    if (this.#far === undefined) this.end()
    else this.#far.out.end()
  }

  closed(): void {
    this.#isOver = true
    this.#far?.socket.terminate()
  }

  end(): void {
    this.closed()
    this.#near.end()
  }
}
