// Has a payload judged or changed on its way, and writes the result in a framing of ours.
//
// A filter may take its time over a piece. Meanwhile the source is paused, and pieces that were
// read already wait their turn, so the order holds.

import { lastChunk, writeChunk } from "@bot-bottle/wire"
import type { Source } from "../outlet.ts"

export interface BodyFilter {
  /** Returns the bytes that may leave now. Bytes held back come with a later piece, or at the end. */
  push(payload: Uint8Array): Filtered | Promise<Filtered>
  /** The payload is over; `trailers` are lines with their CRLF, as sent. */
  end(trailers: string): FilteredEnd | Promise<FilteredEnd>
}

/**
 * A filter that answers at once, stops nothing, and changes bytes only where they stand. It keeps the payload's length,
 * so a payload that it returns whole may leave in the framing that it came in.
 */
export interface InPlaceFilter extends BodyFilter {
  /** `payload` itself where nothing is kept back. */
  push(payload: Uint8Array): Uint8Array
  end(trailers: string): { readonly bytes: Uint8Array; readonly trailers: string }
  /** The reader has the bytes that `push` returned: the time for work that must not delay them. */
  written(): void
}

export function isInPlace(filter: BodyFilter): filter is InPlaceFilter {
  return "written" in filter
}

export type Filtered = Uint8Array | Stopped
export type FilteredEnd = { readonly bytes: Uint8Array; readonly trailers: string } | Stopped

/** No more of this body may leave. */
export class Stopped {
  readonly reason: unknown
  constructor(reason: unknown) {
    this.reason = reason
  }
}

export interface FilteredBodyOptions {
  readonly filter: BodyFilter
  /** `raw` where a length that is known already frames it, or the end of the connection. */
  readonly framing: "chunks" | "raw"
  readonly write: (bytes: Uint8Array) => void
  /** Of the payload. */
  readonly source: Source
  readonly onStop: (stopped: Stopped) => void
  readonly onEnd: () => void
}

interface Piece {
  readonly payload: Uint8Array
  /** Present with the last piece. */
  readonly trailers: string | undefined
}

const NOTHING = new Uint8Array(0)

export class FilteredBody {
  readonly #options: FilteredBodyOptions
  readonly #waiting: Piece[] = []
  #isBusy = false
  #isOver = false
  /** Goes out with the first bytes, in one write. */
  #head: string

  constructor(head: string, options: FilteredBodyOptions) {
    this.#head = head
    this.#options = options
  }

  /** True while something given has not been written. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  /** True once a byte of it has gone out. */
  get hasWritten(): boolean {
    return this.#head === ""
  }

  /** A head leaves even where no payload has come yet. */
  push(payload: Uint8Array, trailers: string | undefined): void {
    if (this.#isOver) return
    if (this.#isBusy) this.#waiting.push({ payload, trailers })
    else this.#pass({ payload, trailers })
  }

  /** Nothing more is written. */
  stop(): void {
    this.#isOver = true
    this.#waiting.length = 0
  }

  #pass({ payload, trailers }: Piece): void {
    const { filter } = this.#options
    const pushed = payload.length === 0 ? NOTHING : filter.push(payload)
    if (pushed instanceof Promise) {
      void this.#wait(pushed, trailers)
      return
    }
    if (pushed instanceof Stopped) {
      this.#halt(pushed)
      return
    }
    if (trailers === undefined) {
      this.#write(pushed, undefined)
      if (isInPlace(filter)) filter.written()
      return
    }
    const ended = filter.end(trailers)
    if (ended instanceof Promise) void this.#waitForEnd(pushed, ended)
    else this.#finish(pushed, ended)
  }

  async #wait(pushing: Promise<Filtered>, trailers: string | undefined): Promise<void> {
    this.#begin()
    const pushed = await pushing
    if (this.#isOver) return
    if (pushed instanceof Stopped) {
      this.#halt(pushed)
      return
    }
    if (trailers === undefined) {
      this.#write(pushed, undefined)
      this.#next()
    } else {
      const ended = await this.#options.filter.end(trailers)
      if (!this.#isOver) this.#finish(pushed, ended)
    }
  }

  async #waitForEnd(pushed: Uint8Array, ending: Promise<FilteredEnd>): Promise<void> {
    this.#begin()
    const ended = await ending
    if (!this.#isOver) this.#finish(pushed, ended)
  }

  #begin(): void {
    if (!this.#isBusy) this.#options.source.pause()
    this.#isBusy = true
  }

  #next(): void {
    for (let piece = this.#waiting.shift(); piece !== undefined; piece = this.#waiting.shift()) {
      this.#isBusy = false
      this.#pass(piece)
      if (this.#isBusy || this.#isOver) return
    }
    this.#isBusy = false
    this.#options.source.resume()
  }

  #finish(pushed: Uint8Array, ended: FilteredEnd): void {
    if (ended instanceof Stopped) {
      this.#halt(ended)
      return
    }
    const bytes =
      pushed.length === 0 ? ended.bytes : ended.bytes.length === 0 ? pushed : Buffer.concat([pushed, ended.bytes])
    this.#write(bytes, ended.trailers)
    this.#isOver = true
    if (this.#isBusy) this.#options.source.resume()
    this.#options.onEnd()
  }

  #write(bytes: Uint8Array, trailers: string | undefined): void {
    const { framing, write } = this.#options
    const head = this.#head
    this.#head = ""
    if (framing === "chunks") write(writeChunk(head, [bytes], trailers === undefined ? undefined : lastChunk(trailers)))
    else if (head === "") write(bytes)
    else write(Buffer.concat([Buffer.from(head, "latin1"), bytes]))
  }

  #halt(stopped: Stopped): void {
    this.#isOver = true
    this.#waiting.length = 0
    if (this.#isBusy) this.#options.source.resume()
    this.#options.onStop(stopped)
  }
}
