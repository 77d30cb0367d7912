// Asks an upstream something of our own and reads a small answer. Any error means no answer:
// nothing depends on it.

import { BodyReader, findHeadEnd, type ResponseHead, readResponseHead } from "@bot-bottle/wire"
import type { Place } from "../place.ts"
import { dialPlace } from "./dial.ts"
import type { Upstream, UpstreamUser } from "./upstream.ts"

export interface SmallAnswer {
  readonly status: number
  readonly body: Buffer
}

const MAX_ANSWER_BYTES = 64 * 1024

/** `request`: a whole POST. Undefined for an answer that is too large, broken, or not there when the signal fires. */
export function askSmall(place: Place, request: Buffer, signal: AbortSignal): Promise<SmallAnswer | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(undefined)
      return
    }
    const question = new Question((answer) => {
      signal.removeEventListener("abort", stop)
      resolve(answer)
    })
    let cancel: (() => void) | undefined
    const stop = (): void => {
      cancel?.()
      question.end(undefined)
    }
    signal.addEventListener("abort", stop)
    const begin = (upstream: Upstream): void => {
      cancel = undefined
      question.begin(upstream, request)
    }
    const idle = place.pool.take(place, "fresh")
    if (idle !== undefined) begin(idle)
    else cancel = dialPlace(place, { ready: begin, failed: () => question.end(undefined) })
  })
}

class Question implements UpstreamUser {
  readonly #told: (answer: SmallAnswer | undefined) => void
  readonly #reader = new BodyReader()
  readonly #parts: Buffer[] = []
  #upstream: Upstream | undefined
  #head: ResponseHead | undefined
  #held = Buffer.alloc(0) as Buffer
  #size = 0
  #isOver = false

  constructor(told: (answer: SmallAnswer | undefined) => void) {
    this.#told = told
  }

  begin(upstream: Upstream, request: Buffer): void {
    if (this.#isOver) {
      upstream.destroy()
      return
    }
    this.#upstream = upstream
    upstream.user = this
    upstream.out.write(request)
  }

  fromUpstream(bytes: Buffer): void {
    this.#size += bytes.length
    if (this.#size > MAX_ANSWER_BYTES) this.end(undefined)
    else if (this.#head !== undefined) this.#readBody(bytes, 0)
    else {
      this.#held = Buffer.concat([this.#held, bytes])
      this.#readHeads()
    }
  }

  #readHeads(): void {
    let at = 0
    while (at < this.#held.length) {
      const end = findHeadEnd(this.#held, at, 0)
      if (end.kind === "incomplete") break
      const head = end.kind === "end" ? readResponseHead(this.#held, at, end.at - 2, "POST") : end
      if (end.kind !== "end" || head.kind !== "response" || head.status === 101) {
        this.end(undefined)
        return
      }
      at = end.at
      if (head.status < 200) continue
      this.#head = head
      this.#reader.start(head.framing, (bytes, from, to) => this.#parts.push(bytes.subarray(from, to)))
      this.#readBody(this.#held, at)
      return
    }
    this.#held = this.#held.subarray(at)
  }

  #readBody(bytes: Buffer, from: number): void {
    const stop = from < bytes.length ? this.#reader.read(bytes, from) : from
    if (this.#reader.failure !== undefined) this.end(undefined)
    else if (this.#reader.done) this.#finish(stop === bytes.length)
  }

  #finish(isClean: boolean): void {
    const upstream = this.#upstream
    this.#upstream = undefined
    if (upstream !== undefined) upstream.user = undefined
    if (isClean && this.#head?.persistent === true && upstream !== undefined) upstream.home.put(upstream)
    else upstream?.destroy()
    this.end({ status: this.#head?.status ?? 0, body: Buffer.concat(this.#parts) })
  }

  upstreamEnded(error: Error | undefined): void {
    this.#upstream = undefined
    if (error === undefined && this.#head !== undefined && this.#reader.endOfConnection()) this.#finish(false)
    else this.end(undefined)
  }

  end(answer: SmallAnswer | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    const upstream = this.#upstream
    this.#upstream = undefined
    if (upstream !== undefined) {
      upstream.user = undefined
      upstream.destroy()
    }
    this.#told(answer)
  }
}
