// Reads what an upstream answers and passes it to the agent: interim answers and the final head
// as they came or with the permitted lines, the body verbatim, or filtered and framed by us.
//
// The final head and the first bytes of the body leave in one write: a small answer is one TLS
// record.

import { findHeadEnd, joinHead, LAST_CHUNK, type ResponseHead, readResponseHead, writeChunk } from "@bot-bottle/wire"
import { type BodyFilter, FilteredBody } from "./body-filter.ts"
import type { AgentSide, AnswerEdit, EditedHead } from "./passage.ts"
import type { Upstream } from "./upstream.ts"

/** How the exchange reacts to the answer. */
export interface AnswerListener {
  interim(head: ResponseHead): EditedHead
  /** Undefined when the exchange is over by it. */
  open(head: ResponseHead): AnswerEdit | undefined
  switched(): void
  /** `hasSurplus`: the upstream sent more than the answer. */
  done(hasSurplus: boolean): void
  malformed(detail: string): void
  /** The rest of the answer must not be sent. `hasBegun`: part of it is with the agent. */
  stopped(hasBegun: boolean): void
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
  #isOver = false
  /** Present where the payload is framed by us. */
  #filtered: FilteredBody | undefined
  #isChunked = false
  #parts: Buffer[] = []

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

  /** Part of the final answer has gone to the agent. */
  get isInBody(): boolean {
    return this.#isInBody
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
  endWith(ending: Uint8Array): boolean {
    if (this.#isOver || !this.#isInBody || !this.#isChunked || this.#filtered?.isBusy !== false) return false
    this.stop()
    this.#agent.out.write(writeChunk("", [ending], LAST_CHUNK))
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
    const hasBody = framing.kind !== "none"
    if (hasBody && (edit.filter !== undefined || edit.isReframed || mustUnpack))
      this.#beginFiltered(head, edit, bytes, end)
    else this.#beginVerbatim(head, edit, bytes, from, end)
  }

  #beginVerbatim(head: ResponseHead, edit: AnswerEdit, bytes: Buffer, from: number, end: number): void {
    const { reader } = this.#upstream
    if (head.framing.kind === "close") this.#agent.closeAfter = true
    const text = this.#editedHead(head, edit, undefined)
    reader.start(head.framing, undefined)
    const stop = end < bytes.length ? reader.read(bytes, end) : end
    const { out } = this.#agent
    if (reader.failure !== undefined && stop === end) {
      // Only the head is good; what follows is not a body of it.
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
    const text = this.#editedHead(
      head,
      edit,
      keepsLength ? undefined : this.#isChunked ? "Transfer-Encoding: chunked" : "",
    )
    this.#filtered = new FilteredBody(text ?? headText(head.startLine, head.lines), {
      filter: edit.filter ?? AS_IT_CAME,
      framing: this.#isChunked ? "chunks" : "raw",
      write: (part) => this.#agent.out.write(part),
      source: this.#upstream,
      onStop: () => {
        this.#isOver = true
        this.#listener.stopped(this.#filtered?.hasWritten === true)
      },
      onEnd: () => this.#finish(this.#hasSurplus),
    })
    reader.start(head.framing, (part, start, stop) =>
      this.#parts.push(start === 0 && stop === part.length ? part : part.subarray(start, stop)),
    )
    this.#pushRead(bytes, end)
  }

  #hasSurplus = false

  #relay(bytes: Buffer, at: number): void {
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
    const parts = this.#parts
    this.#parts = []
    if (reader.failure !== undefined) {
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
    this.#listener.malformed(detail)
  }

  /** `coding`: the line that frames it instead, empty for none. Undefined when the head leaves as it came. */
  #editedHead(head: ResponseHead, edit: AnswerEdit, coding: string | undefined): string | undefined {
    const closing = this.#agent.closeAfter
    if (
      edit.lines === undefined &&
      edit.startLine === undefined &&
      coding === undefined &&
      !closing &&
      head.minor === "1"
    )
      return undefined
    const startLine = edit.startLine ?? head.startLine
    let text = `HTTP/1.1${startLine.slice(8)}\r\n`
    for (const line of edit.lines ?? head.lines) {
      if (coding !== undefined && FRAMING_LINE.test(line)) continue
      text += `${line}\r\n`
    }
    if (coding !== undefined && coding !== "") text += `${coding}\r\n`
    if (closing) text += "Connection: close\r\n"
    return `${text}\r\n`
  }
}

const FRAMING_LINE = /^(?:content-length|transfer-encoding):/i

const AS_IT_CAME: BodyFilter = {
  push: (payload) => payload,
  end: (trailers) => ({ bytes: NOTHING, trailers }),
}

function headText(startLine: string, lines: readonly string[]): string {
  let text = `${startLine}\r\n`
  for (const line of lines) text += `${line}\r\n`
  return `${text}\r\n`
}
