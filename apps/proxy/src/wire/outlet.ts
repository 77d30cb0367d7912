// Writes to one socket in order, no faster than the socket takes it.
//
//   INV-8  Bytes leave in the order they came. After one partial write everything later queues until
//          `drain`: a TLS record that overtakes another ends the connection. The source is paused
//          meanwhile, so a slow reader costs a bounded amount of memory.

/** Reads that can be stopped while what they feed is full. */
export interface Source {
  pause(): void
  resume(): void
}

/**
 * The part of a Bun socket that an outlet needs. `write` takes what the kernel takes, and returns
 * how much that was.
 */
export interface OutletSocket {
  write(bytes: Uint8Array): number
  end(): unknown
}

export class Outlet {
  /** Paused while something waits. */
  source: Source | undefined
  readonly #socket: OutletSocket
  /** Undefined while nothing waits, as mostly. */
  #queue: Uint8Array[] | undefined
  #isEnding = false
  #isGone = false
  #drained: (() => void) | undefined

  constructor(socket: OutletSocket) {
    this.#socket = socket
  }

  get isWaiting(): boolean {
    return this.#queue !== undefined
  }

  write(bytes: Uint8Array): void {
    if (this.#isGone || this.#isEnding || bytes.length === 0) return
    if (this.#queue !== undefined) {
      this.#queue.push(bytes)
      return
    }
    const written = this.#socket.write(bytes)
    if (written === bytes.length) return
    // Negative: the socket is gone, and its close handler ends the rest.
    if (written < 0) {
      this.#isGone = true
      return
    }
    this.#queue = [written === 0 ? bytes : bytes.subarray(written)]
    this.source?.pause()
  }

  drain(): void {
    const queue = this.#queue
    if (queue === undefined) return
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const written = this.#socket.write(first)
      if (written < 0) {
        this.#isGone = true
        break
      }
      if (written < first.length) {
        if (written > 0) queue[0] = first.subarray(written)
        return
      }
      queue.shift()
    }
    this.#queue = undefined
    if (this.#isEnding) this.#socket.end()
    else this.source?.resume()
    const drained = this.#drained
    this.#drained = undefined
    drained?.()
  }

  /** Once what waits is written; at once when nothing does. */
  whenDrained(told: () => void): void {
    if (this.#queue === undefined || this.#isGone) told()
    else this.#drained = told
  }

  /** Ends the socket after what was written. */
  end(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    if (this.#queue === undefined) this.#socket.end()
  }
}
