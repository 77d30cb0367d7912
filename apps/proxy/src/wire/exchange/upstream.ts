// One connection to an upstream. It carries one exchange at a time.
//
// A byte that nobody asked for ends it: an answer must never be taken for another request's.

import { BodyReader } from "@bot-bottle/wire"
import { Outlet, type Source } from "../outlet.ts"

export interface UpstreamUser {
  fromUpstream(bytes: Buffer): void
  /** Nothing more will come. */
  upstreamEnded(error: Error | undefined): void
}

/** Where a connection goes when its exchange is over. */
export interface Home {
  /** After an exchange that left it clean. */
  put(upstream: Upstream): void
  forget(upstream: Upstream): void
}

/** Servers commonly close after five seconds or more. */
const IDLE_MS = 50_000

export class Upstream implements Source {
  readonly out: Outlet
  readonly reader = new BodyReader()
  /** The target it leads to: exchanges with another target never get it. */
  readonly key: object
  readonly home: Home
  user: UpstreamUser | undefined
  /** How many exchanges it has carried, with the one under way. */
  uses = 0
  idleSinceMs = 0
  /** So long it may wait for the next exchange. */
  idleMs = IDLE_MS
  isClosed = false
  /** The upstream has sent its last byte. */
  hasEnded = false
  #isPaused = false
  readonly #socket: Bun.Socket<unknown>

  constructor(socket: Bun.Socket<unknown>, key: object, home: Home) {
    this.#socket = socket
    this.key = key
    this.home = home
    this.out = new Outlet(socket)
  }

  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (!this.isClosed) this.#socket.resume()
  }

  destroy(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#socket.terminate()
  }
}
