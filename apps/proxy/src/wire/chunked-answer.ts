// Passes a chunked payload on in the chunks it came in, as long as a filter leaves it as it is: one
// write a read, and no copy. Where the filter keeps bytes back, or a size line is torn, the
// payload continues in chunks of ours. It returns to the upstream's chunks between two of them.
//
// A cut can end the answer after every read: the agent is never owed more of a chunk than an ending
// of ours fills.

import { type BodyReader, ChunkWriter, joinHead, LAST_CHUNK, lastChunk } from "@bot-bottle/wire"
import type { InPlaceFilter } from "./body-filter.ts"

export interface ChunkedAnswerOptions {
  readonly filter: InPlaceFilter
  readonly reader: BodyReader
  readonly write: (bytes: Uint8Array) => void
  readonly isEndable: boolean
}

/** An ending of ours fills so much at most. */
const MAX_OWED_BYTES = 16 * 1024
const JOINED_BYTES = 64 * 1024

export class ChunkedAnswer {
  readonly #options: ChunkedAnswerOptions
  readonly #writer = new ChunkWriter()
  /** Why the answer cannot continue. */
  failure: string | undefined
  /** Goes out with the first bytes, in one write. */
  #head: string
  /** Bytes that the filter keeps back. */
  #kept = 0
  /** The payload in the bytes of one read: from, to, from, to. */
  readonly #ranges: number[] = []

  constructor(head: string, options: ChunkedAnswerOptions) {
    this.#head = head
    this.#options = options
  }

  /** Where the payload stands, for the reader. */
  readonly tap = (_bytes: Buffer, from: number, to: number): void => {
    this.#ranges.push(from, to)
  }

  /** Returns where the bytes of the body end. After a `failure` nothing of this read has left. */
  relay(bytes: Buffer, at: number): number {
    const { filter, reader } = this.#options
    const isAligned = this.#kept === 0 && this.#writer.owed === reader.owed
    const ranges = this.#ranges
    ranges.length = 0
    const stop = at < bytes.length ? reader.read(bytes, at) : at
    this.failure = reader.failure
    if (this.failure !== undefined) return stop
    const parts: Uint8Array[] = []
    let isChanged = !isAligned
    for (let index = 0; index < ranges.length; index += 2) {
      const piece = bytes.subarray(ranges[index], ranges[index + 1])
      const passed = filter.push(piece)
      if (passed !== piece) {
        isChanged = true
        this.#kept += piece.length - passed.length
      }
      parts.push(passed)
    }
    if (reader.done) this.#end(bytes, at, stop, parts, isChanged)
    else if (!isChanged && this.#mayStand(reader.owed)) this.#writeAsItCame(bytes, at, stop, reader.owed)
    else this.#writeOwn(parts, undefined)
    filter.written()
    return stop
  }

  #mayStand(owed: number | undefined): owed is number {
    return owed !== undefined && (!this.#options.isEndable || owed <= MAX_OWED_BYTES)
  }

  #end(bytes: Buffer, at: number, stop: number, parts: Uint8Array[], isChanged: boolean): void {
    const { filter, reader } = this.#options
    const ended = filter.end(reader.trailers)
    // Trailers are always written by us: the filter may have changed them.
    if (!isChanged && ended.bytes.length === 0 && reader.trailers === "") {
      this.#writeAsItCame(bytes, at, stop, 0)
      return
    }
    parts.push(ended.bytes)
    let size = 0
    for (const part of parts) size += part.length
    // A last chunk would be read as payload, and the next answer as the rest of this one.
    if (this.#writer.canEndAfter(size)) this.#writeOwn(parts, lastChunk(ended.trailers))
    else this.failure = "bytes of it were lost in the proxy"
  }

  #writeAsItCame(bytes: Buffer, at: number, stop: number, owed: number): void {
    this.#writer.owed = owed
    const head = this.#takeHead()
    const { write } = this.#options
    if (head === "") write(at === 0 && stop === bytes.length ? bytes : bytes.subarray(at, stop))
    else if (stop - at <= JOINED_BYTES) write(joinHead(head, bytes, at, stop))
    else {
      write(Buffer.from(head, "latin1"))
      write(bytes.subarray(at, stop))
    }
  }

  #writeOwn(parts: readonly Uint8Array[], end: Uint8Array | undefined): void {
    this.#options.write(this.#writer.write(this.#takeHead(), parts, end))
  }

  #takeHead(): string {
    const head = this.#head
    this.#head = ""
    return head
  }

  /** `words` returns at least so many bytes, whole for a client that has read what was sent before. */
  endWith(words: (minBytes: number) => Uint8Array): void {
    const ending = words(Math.max(0, this.#writer.owed - 2))
    this.#writeOwn([ending], LAST_CHUNK)
  }
}
