// Reads what an upstream answers and passes it to the agent. Heads leave as they came, or with
// the permitted lines. A body leaves verbatim, or filtered, in its own framing or in ours.
//
// The final head and the first bytes of the body leave in one write: a small answer is one TLS
// record.

import { findHeadEnd, joinHead, LAST_CHUNK, type ResponseHead, readResponseHead, writeChunk } from "@bot-bottle/wire"
import { FilteredBody, type InPlaceFilter, isInPlace } from "../body/body-filter.ts"
import type { Upstream } from "../exchange/upstream.ts"
import type { AgentSide, AnswerEdit, EditedHead, Ending } from "../passage.ts"
import { changeHead, headText } from "./answer-head.ts"
import { ChunkedAnswer, noteRange } from "./chunked-answer.ts"

/** How the exchange reacts to the answer. */
export interface AnswerListener {
  interim(head: ResponseHead): EditedHead
  /** Undefined when the exchange is over by it. */
  open(head: ResponseHead): AnswerEdit | undefined
  switched(): void
  /** `hasSurplus`: the upstream sent more than the answer. */
  done(hasSurplus: boolean): void
  /** `hasBegun`: part of the answer is with the agent. */
  malformed(detail: string, hasBegun: boolean): void
  /** The rest of the answer must not be sent. `hasBegun`: part of it is with the agent. */
  stopped(hasBegun: boolean, reason: unknown): void
}

const JOINED_BYTES = 64 * 1024
const NOTHING = Buffer.alloc(0)

export class AnswerRelay {
  readonly #agent: AgentSide
  readonly #upstream: Upstream
  readonly #method: string
  readonly #mayUpgrade: boolean
  readonly #listener: AnswerListener
  #held: Buffer | undefined
  #isInBody = false
  #hasBegun = false
  #isOver = false
  /** Present where the payload is looked at, in the chunks it came in. */
  #chunked: ChunkedAnswer | undefined
  /** Present where the payload is framed by us. */
  #filtered: FilteredBody | undefined
  #isChunked = false
  #parts: Buffer[] | undefined

  constructor(
    agent: AgentSide,
    upstream: Upstream,
    request: { readonly method: string; readonly mayUpgrade: boolean },
    listener: AnswerListener,
  ) {
    this.#agent = agent
    this.#upstream = upstream
    this.#method = request.method
    this.#mayUpgrade = request.mayUpgrade
    this.#listener = listener
  }

  /** Some byte of a final answer, or of what may become one, has come. */
  get hasFinal(): boolean {
    return this.#isInBody || this.#held !== undefined
  }

  receive(received: Buffer): void {
    let bytes = received
    if (this.#held !== undefined) {
      bytes = Buffer.concat([this.#held, received])
    }
    let seen = this.#held?.length ?? 0
    this.#held = undefined
    let at = 0
    while (at < bytes.length && !this.#isOver) {
      if (this.#isInBody) {
        this.#relay(bytes, at)
        return
      }
      const end = findHeadEnd(bytes, at, seen)
      seen = 0
      if (end.kind === "refused") {
        this.#fail(end.detail)
        return
      }
      if (end.kind === "incomplete") {
        this.#held = at === 0 ? bytes : bytes.subarray(at)
        return
      }
      at = this.#readHead(bytes, at, end.at)
    }
  }

  /** The upstream's last byte has come. True when the answer is whole by that. */
  endOfConnection(): boolean {
    if (this.#isOver || !this.#isInBody || !this.#upstream.reader.isCloseDelimited) return false
    if (!this.#upstream.reader.endOfConnection()) return false
    if (this.#filtered === undefined) this.#finish(false)
    else this.#filtered.push(NOTHING, "")
    return true
  }

  /** Ends the answer with these bytes; false where it cannot carry them. */
  endWith(ending: Ending): boolean {
    if (this.#isOver || !this.#isInBody) return false
    if (this.#chunked !== undefined) this.#chunked.endWith(ending)
    else if (this.#isChunked && this.#filtered?.isBusy === false)
      this.#agent.out.write(writeChunk("", [ending(0)], LAST_CHUNK))
    else return false
    this.stop()
    return true
  }

  stop(): void {
    this.#isOver = true
    this.#filtered?.stop()
  }

  /** Returns where the next head or the body begins. */
  #readHead(bytes: Buffer, from: number, end: number): number {
    const head = readResponseHead(bytes, from, end - 2, this.#method)
    if (head.kind === "refused") {
      this.#fail(head.detail)
      return end
    }
    if (head.status === 101) return this.#switch(bytes, from)
    if (head.status < 200) {
      const { startLine, lines } = this.#listener.interim(head)
      if (startLine === undefined && lines === undefined) this.#agent.out.write(bytes.subarray(from, end))
      else this.#agent.out.write(Buffer.from(headText(startLine ?? head.startLine, lines ?? head.lines), "latin1"))
      return end
    }
    const edit = this.#listener.open(head)
    if (edit === undefined) {
      this.#isOver = true
      return end
    }
    this.#isInBody = true
    this.#begin(head, edit, bytes, from, end)
    return bytes.length
  }

  #switch(bytes: Buffer, from: number): number {
    if (!this.#mayUpgrade) {
      this.#fail("the upstream switched protocols, which nobody asked for")
      return bytes.length
    }
    this.#isOver = true
    this.#agent.out.write(from === 0 ? bytes : bytes.subarray(from))
    this.#listener.switched()
    return bytes.length
  }

  #begin(head: ResponseHead, edit: AnswerEdit, bytes: Buffer, from: number, end: number): void {
    const { framing } = head
    const mustUnpack = this.#agent.minor === "0" && framing.kind === "chunked"
    const { filter = AS_IT_CAME, isEndable } = edit
    const isLookedAt = edit.filter !== undefined || isEndable
    if (framing.kind === "none" || !(isLookedAt || mustUnpack)) this.#beginVerbatim(head, edit, bytes, from, end)
    else if (framing.kind === "chunked" && !mustUnpack && isInPlace(filter))
      this.#beginChunked(head, edit, filter, bytes, end)
    else this.#beginFiltered(head, edit, bytes, end)
  }

  #beginChunked(head: ResponseHead, edit: AnswerEdit, filter: InPlaceFilter, bytes: Buffer, end: number): void {
    const { reader } = this.#upstream
    const text = this.#changedHead(head, edit, undefined)
    const chunked = new ChunkedAnswer(text ?? headText(head.startLine, head.lines), {
      filter,
      reader,
      out: this.#agent.out,
      isEndable: edit.isEndable,
    })
    this.#chunked = chunked
    reader.start(head.framing, noteRange)
    this.#relayChunked(chunked, bytes, end)
  }

  #relayChunked(chunked: ChunkedAnswer, bytes: Buffer, at: number): void {
    const stop = chunked.relay(bytes, at)
    if (chunked.failure !== undefined) this.#fail(chunked.failure)
    else if (this.#upstream.reader.done) this.#finish(stop < bytes.length)
  }

  #changedHead(head: ResponseHead, { startLine, lines }: AnswerEdit, coding: string | undefined): string | undefined {
    return changeHead(head, { startLine, lines, coding, isClosing: this.#agent.closeAfter })
  }

  #beginVerbatim(head: ResponseHead, edit: AnswerEdit, bytes: Buffer, from: number, end: number): void {
    const { reader } = this.#upstream
    if (head.framing.kind === "close") this.#agent.closeAfter = true
    const text = this.#changedHead(head, edit, undefined)
    reader.start(head.framing, undefined)
    const stop = end < bytes.length ? reader.read(bytes, end) : end
    const { out } = this.#agent
    // Where only the head is good, what follows is not a body of it.
    this.#hasBegun = reader.failure === undefined || stop > end
    if (!this.#hasBegun) {
      // The agent is told why instead.
    } else if (text === undefined) out.write(from === 0 && stop === bytes.length ? bytes : bytes.subarray(from, stop))
    else if (stop - end <= JOINED_BYTES) out.write(joinHead(text, bytes, end, stop))
    else {
      out.write(Buffer.from(text, "latin1"))
      out.write(bytes.subarray(end, stop))
    }
    this.#afterRead(bytes, stop)
  }

  #beginFiltered(head: ResponseHead, edit: AnswerEdit, bytes: Buffer, end: number): void {
    const { reader } = this.#upstream
    const keepsLength = head.framing.kind === "length"
    const isOld = this.#agent.minor === "0"
    this.#isChunked = !keepsLength && !isOld
    if (isOld && !keepsLength) this.#agent.closeAfter = true
    const text = this.#changedHead(
      head,
      edit,
      keepsLength ? undefined : this.#isChunked ? "Transfer-Encoding: chunked" : "",
    )
    this.#filtered = new FilteredBody(text ?? headText(head.startLine, head.lines), {
      filter: edit.filter ?? AS_IT_CAME,
      framing: this.#isChunked ? "chunks" : "raw",
      write: (part) => this.#agent.out.write(part),
      source: this.#upstream,
      onStop: ({ reason }) => {
        this.#isOver = true
        this.#listener.stopped(this.#filtered?.hasWritten === true, reason)
      },
      onEnd: () => this.#finish(this.#hasSurplus),
    })
    reader.start(head.framing, (part, start, stop) => {
      this.#parts ??= []
      this.#parts.push(start === 0 && stop === part.length ? part : part.subarray(start, stop))
    })
    this.#pushRead(bytes, end)
  }

  #hasSurplus = false

  #relay(bytes: Buffer, at: number): void {
    if (this.#chunked !== undefined) {
      this.#relayChunked(this.#chunked, bytes, at)
      return
    }
    if (this.#filtered !== undefined) {
      this.#pushRead(bytes, at)
      return
    }
    const stop = this.#upstream.reader.read(bytes, at)
    this.#agent.out.write(at === 0 && stop === bytes.length ? bytes : bytes.subarray(at, stop))
    this.#afterRead(bytes, stop)
  }

  #pushRead(bytes: Buffer, at: number): void {
    const { reader } = this.#upstream
    const stop = at < bytes.length ? reader.read(bytes, at) : at
    const parts = this.#parts ?? []
    this.#parts = undefined
    if (reader.failure !== undefined) {
      if (parts.length > 0) this.#filtered?.push(Buffer.concat(parts), undefined)
      this.#fail(reader.failure)
      return
    }
    if (reader.done && stop < bytes.length) this.#hasSurplus = true
    const [only = NOTHING] = parts
    this.#filtered?.push(parts.length > 1 ? Buffer.concat(parts) : only, reader.done ? reader.trailers : undefined)
  }

  #afterRead(bytes: Buffer, stop: number): void {
    const { reader } = this.#upstream
    if (reader.failure !== undefined) this.#fail(reader.failure)
    else if (reader.done) this.#finish(stop < bytes.length)
  }

  #finish(hasSurplus: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#listener.done(hasSurplus)
  }

  #fail(detail: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#filtered?.stop()
    const hasBegun = this.#hasBegun || this.#chunked?.hasWritten === true || this.#filtered?.hasWritten === true
    this.#listener.malformed(detail, hasBegun)
  }
}

const AS_IT_CAME: InPlaceFilter = {
  push: (payload) => payload,
  end: (trailers) => ({ bytes: NOTHING, trailers }),
  written() {
    // Nobody looks.
  },
}
