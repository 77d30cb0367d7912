// Passes a chunked payload on in the chunks it came in, as long as a filter leaves it as it is: one
// write a read, and no copy. Where the filter keeps bytes back, a size line is torn or has an
// extension, the payload continues in chunks of ours. It returns to the upstream's between two.
//
// A cut can end the answer after every read: the agent is never owed more of a chunk than an ending
// of ours fills.

import {
  type BodyReader,
  continueChunk,
  joinHead,
  LAST_CHUNK,
  lastChunk,
  mayEndAfter,
  owedPayload,
  type Tap,
} from "@bot-bottle/wire"
import type { InPlaceFilter } from "../body/body-filter.ts"
import type { Outlet } from "../outlet.ts"
import type { Ending } from "../passage.ts"

export interface ChunkedAnswerOptions {
  readonly filter: InPlaceFilter
  readonly reader: BodyReader
  readonly out: Pick<Outlet, "write">
  readonly isEndable: boolean
}

/** An ending of ours fills so much at most. */
const MAX_OWED_BYTES = 16 * 1024
const JOINED_BYTES = 64 * 1024

/** The payload in the bytes of one read: from, to, from, to. One for all answers: a read is relayed in one go. */
const ranges: number[] = []

/** Notes where the payload stands. */
export const noteRange: Tap = (_bytes, from, to) => {
  ranges.push(from, to)
}

export class ChunkedAnswer {
  /** Why the answer cannot continue. */
  failure: string | undefined
  readonly #filter: InPlaceFilter
  readonly #reader: BodyReader
  readonly #out: Pick<Outlet, "write">
  readonly #isEndable: boolean
  /** Goes out with the first bytes, in one write. */
  #head: string
  /** Bytes of the chunk that the agent stands in, with its CRLF. */
  #owed = 0

  constructor(head: string, { filter, reader, out, isEndable }: ChunkedAnswerOptions) {
    this.#head = head
    this.#filter = filter
    this.#reader = reader
    this.#out = out
    this.#isEndable = isEndable
  }

  /** True once a byte of it has gone out. */
  get hasWritten(): boolean {
    return this.#head === ""
  }

  /** Returns where the bytes of the body end. After a `failure`, the payload before it has left. */
  relay(bytes: Buffer, at: number): number {
    const reader = this.#reader
    const isAligned = this.#owed === reader.owed
    ranges.length = 0
    reader.hasExtension = false
    const stop = at < bytes.length ? reader.read(bytes, at) : at
    this.failure = reader.failure
    if (this.failure !== undefined) {
      if (ranges.length > 0) this.#writeOwn(this.#filterRanges(bytes).parts, undefined)
      return stop
    }
    // The filter has not seen an extension, so it may hold what must not pass.
    const mayPass = isAligned && !reader.hasExtension
    if (mayPass && ranges.length === 2 && !reader.done) this.#relayOne(bytes, at, stop)
    else this.#relayMany(bytes, at, stop, mayPass)
    this.#filter.written()
    return stop
  }

  /** An event a read, as most answers come. */
  #relayOne(bytes: Buffer, at: number, stop: number): void {
    const piece = bytes.subarray(ranges[0], ranges[1])
    const passed = this.#filter.push(piece)
    const { owed } = this.#reader
    if (passed === piece && this.#mayStand(owed)) this.#writeAsItCame(bytes, at, stop, owed)
    else this.#writeOwn([passed], undefined)
  }

  #relayMany(bytes: Buffer, at: number, stop: number, mayPass: boolean): void {
    const filtered = this.#filterRanges(bytes)
    const { parts } = filtered
    const isChanged = !mayPass || filtered.isChanged
    const { owed, done } = this.#reader
    if (done) this.#end(bytes, at, stop, parts, isChanged)
    else if (!isChanged && this.#mayStand(owed)) this.#writeAsItCame(bytes, at, stop, owed)
    else this.#writeOwn(parts, undefined)
  }

  #filterRanges(bytes: Buffer): { readonly parts: Uint8Array[]; readonly isChanged: boolean } {
    const parts: Uint8Array[] = []
    let isChanged = false
    for (let index = 0; index < ranges.length; index += 2) {
      const piece = bytes.subarray(ranges[index], ranges[index + 1])
      const passed = this.#filter.push(piece)
      isChanged ||= passed !== piece
      parts.push(passed)
    }
    return { parts, isChanged }
  }

  #mayStand(owed: number | undefined): owed is number {
    return owed !== undefined && (!this.#isEndable || owed <= MAX_OWED_BYTES)
  }

  #end(bytes: Buffer, at: number, stop: number, parts: Uint8Array[], isChanged: boolean): void {
    const { trailers } = this.#reader
    const ended = this.#filter.end(trailers)
    // Trailers are always written by us: the filter may have changed them.
    if (!isChanged && ended.bytes.length === 0 && trailers === "") {
      this.#writeAsItCame(bytes, at, stop, 0)
      return
    }
    parts.push(ended.bytes)
    let size = 0
    for (const part of parts) size += part.length
    // A last chunk would be read as payload, and the next answer as the rest of this one.
    if (mayEndAfter(this.#owed, size)) this.#writeOwn(parts, lastChunk(ended.trailers))
    else this.failure = "bytes of it were lost in the proxy"
  }

  #writeAsItCame(bytes: Buffer, at: number, stop: number, owed: number): void {
    this.#owed = owed
    const head = this.#takeHead()
    if (head === "") this.#out.write(at === 0 && stop === bytes.length ? bytes : bytes.subarray(at, stop))
    else if (stop - at <= JOINED_BYTES) this.#out.write(joinHead(head, bytes, at, stop))
    else {
      this.#out.write(Buffer.from(head, "latin1"))
      this.#out.write(bytes.subarray(at, stop))
    }
  }

  #writeOwn(parts: readonly Uint8Array[], end: Uint8Array | undefined): void {
    const { bytes, owed } = continueChunk(this.#owed, this.#takeHead(), parts, end)
    this.#owed = owed
    this.#out.write(bytes)
  }

  #takeHead(): string {
    const head = this.#head
    this.#head = ""
    return head
  }

  endWith(ending: Ending): void {
    this.#writeOwn([ending(owedPayload(this.#owed))], LAST_CHUNK)
  }
}
