// One agent's connection, from its first request to its last: reads one request after another,
// has each judged, and decides what follows on the connection once it is answered.
//
// idle -> busy (judged, held, forwarded) -> idle again, discard, stream, or over. Bytes that the
// agent sends ahead of its answer wait: one request is in progress at a time.

import type { Denial } from "@bot-bottle/contracts"
import { findHeadEnd, type RequestHead, readRequestHead } from "@bot-bottle/wire"
import { HOLD, type Site } from "../passage.ts"
import { AgentRequest, type AgentRequestOptions, type RequestOwner } from "./agent-request.ts"
import { type AgentSocket, AgentTransport } from "./agent-transport.ts"
import type { AgentStream } from "./takeover.ts"

export interface AgentOptions extends AgentRequestOptions {
  readonly socket: AgentSocket
  readonly firstHeadMs: number
}

type State = "idle" | "busy" | "discard" | "stream"

const HEAD_MS = 30_000
const HALF_CLOSED_MS = 30_000
const DISCARD_MS = 10_000
/** While the operator is asked, the connection is read up to here. */
const MAX_UNJUDGED_BYTES = 64 * 1024
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024
const NOTHING = Buffer.alloc(0)

export class Agent extends AgentTransport implements RequestOwner {
  closeAfter = false
  minor: "0" | "1" = "1"
  hasEnded = false
  readonly #site: Site
  readonly #request: AgentRequest
  #state: State = "idle"
  /** Of the bytes kept, in a head: looked at already. */
  #seen = 0
  #discarded = 0
  #isHeadJudged = true
  #stream: AgentStream | undefined

  constructor(options: AgentOptions) {
    super(options.socket, options.firstHeadMs)
    this.#site = options.site
    this.#request = new AgentRequest(this, options)
  }

  get isBusy(): boolean {
    return this.#state === "busy" && !this.isOver
  }

  /** A request is under way, or the other protocol that it asked for. */
  get isInUse(): boolean {
    return this.isBusy || (this.#state === "stream" && !this.isOver)
  }

  /** A request waits for the operator. Nothing of it has left, and it is judged again before it does. */
  get isHeld(): boolean {
    return this.isBusy && this.#request.link.isWatched
  }

  receive(received: Buffer): void {
    if (this.isOver) return
    if (this.#state === "stream") this.#streamed(received)
    else this.#read(this.takeKeptBefore(received), 0)
  }

  #streamed(bytes: Buffer): void {
    if (this.#stream !== undefined) this.#stream.receive(bytes)
    else if (this.#request.exchange !== undefined) this.#request.exchange.send(bytes)
    else this.keep(bytes, 0)
  }

  #read(bytes: Buffer, from: number): void {
    let at = from
    while (at < bytes.length && !this.isOver) {
      switch (this.#state) {
        case "idle": {
          const next = this.#readHead(bytes, at)
          if (next === undefined) return
          at = next
          break
        }
        case "busy":
          if (this.#isHeadJudged && this.#request.body.isDone) this.hold(HOLD.pipeline)
          // Before the verdict nobody takes a body: a read that was on its way when the socket was paused waits.
          if (!this.#isHeadJudged || this.#request.body.isDone) {
            this.keep(bytes, at)
            if (this.keptBytes > MAX_UNJUDGED_BYTES) this.hold(HOLD.judge)
            return
          }
          at = this.#request.receive(bytes, at)
          break
        case "discard":
          at = this.#readDiscarded(bytes, at)
          break
        case "stream":
          this.#streamed(at === 0 ? bytes : bytes.subarray(at))
          return
      }
    }
  }

  /** Undefined while there is no whole head. */
  #readHead(bytes: Buffer, at: number): number | undefined {
    const end = findHeadEnd(bytes, at, this.#seen)
    if (end.kind === "refused") {
      this.#request.refuseMalformed(end.status, end.detail)
      return undefined
    }
    if (end.kind === "incomplete") {
      if (this.#seen === 0) this.deadlineMs = Math.min(this.deadlineMs, performance.now() + HEAD_MS)
      this.#seen = bytes.length - at
      this.keep(bytes, at)
      return undefined
    }
    this.#seen = 0
    const head = readRequestHead(bytes, at, end.at - 2)
    if (head.kind === "refused") {
      this.#request.refuseMalformed(head.status, head.detail)
      return undefined
    }
    return this.#begin(head, bytes, at, end.at)
  }

  #begin(head: RequestHead, bytes: Buffer, from: number, end: number): number {
    this.#state = "busy"
    this.deadlineMs = Number.POSITIVE_INFINITY
    this.minor = head.minor
    this.closeAfter = head.wantsClose
    this.#request.begin(head)
    const { link } = this.#request
    const verdict = this.#site.judge(head, bytes.subarray(from, end), link)
    if (!(verdict instanceof Promise)) return this.#request.obey(verdict, bytes, from, end)
    this.#isHeadJudged = false
    if (!link.isWatched) this.hold(HOLD.judge)
    verdict.then(
      (judged) => {
        this.#isHeadJudged = true
        this.release(HOLD.judge)
        if (!this.isBusy) return
        const whole = Buffer.concat([bytes.subarray(from, end), this.takeKept() ?? NOTHING])
        const at = this.#request.obey(judged, whole, 0, end - from)
        this.#read(whole, at)
      },
      (error) => this.#request.fail(error),
    )
    this.keep(bytes, end)
    return bytes.length
  }

  #readDiscarded(bytes: Buffer, at: number): number {
    const { body } = this.#request
    const stop = body.read(bytes, at)
    this.#discarded += stop - at
    if (body.failure !== undefined || this.#discarded > MAX_DISCARDED_BYTES) {
      this.tear()
      return bytes.length
    }
    if (body.isDone) this.exchangeDone()
    return stop
  }

  exchangeDone(): void {
    this.#request.leaveExchange()
    if (this.isOver) return
    if (this.closeAfter || this.hasEnded) {
      this.finish()
      return
    }
    this.#state = "idle"
    // Of a request whose rest was discarded.
    this.deadlineMs = Number.POSITIVE_INFINITY
    this.#request.forget()
    if (!this.hasKept) return
    this.release(HOLD.pipeline)
    // They stay kept until then: bytes that come before are read behind them.
    queueMicrotask(() => {
      const kept = this.takeKept()
      if (kept !== undefined && !this.isOver) this.#read(kept, 0)
    })
  }

  discardRequest(): void {
    this.#request.leaveExchange()
    if (this.isOver) return
    // Nobody knows whether a body comes that was announced and not begun.
    if (this.closeAfter || this.#request.awaitsContinue) {
      this.finish()
      return
    }
    if (this.#request.body.isDone) {
      this.exchangeDone()
      return
    }
    this.#state = "discard"
    this.#discarded = 0
    this.deadlineMs = performance.now() + DISCARD_MS
    this.release(HOLD.upstream)
  }

  tunnelOpened(): void {
    this.#state = "stream"
    const kept = this.takeKept()
    this.release(HOLD.pipeline)
    if (kept !== undefined) this.#request.exchange?.send(kept)
  }

  streamTo(stream: AgentStream): void {
    this.#state = "stream"
    this.#stream = stream
    const kept = this.takeKept()
    if (kept !== undefined) stream.receive(kept)
    this.release(HOLD.pipeline)
  }

  handOver(): void {
    this.isOver = true
  }

  refuse(denial: Denial): void {
    this.#request.refuse(denial)
  }

  tear(): void {
    if (this.isOver) return
    this.#request.exchange = undefined
    // Framing tells a broken answer from a whole one, but for one that ends with the connection.
    if (this.closeAfter) this.terminate()
    else this.finish()
  }

  /** The agent has sent its last byte. */
  ended(): void {
    this.hasEnded = true
    if (this.isOver) return
    const { exchange, body } = this.#request
    if (this.#state === "stream") {
      if (this.#stream !== undefined) this.#stream.push(null)
      else {
        exchange?.abandon()
        this.finish()
      }
      return
    }
    // It may be gone altogether, so a request that waits for the operator is given up.
    this.#request.link.leave()
    const mayStillRead = this.#state === "busy" && body.isDone && exchange?.endsWithAgent !== true
    if (mayStillRead) {
      this.deadlineMs = performance.now() + HALF_CLOSED_MS
      return
    }
    this.#request.abandon()
    this.finish()
  }

  /** The connection is gone. */
  closed(): void {
    this.#request.abandon()
    this.isOver = true
    this.#stream?.destroy()
  }

  /** Ends a request that would continue to leave. Answers of ours in a place that stays are sent to their end. */
  cut(): void {
    // An agent that is over has no exchange and streams nothing.
    if (this.#isTunnel) this.end()
    else this.#request.exchange?.cut(undefined)
  }

  /** Ends the connection, whatever it carries. */
  end(): void {
    if (this.isOver) return
    const isInAnswer = this.#state === "busy" || this.#state === "stream"
    const stream = this.#stream
    this.#request.abandon()
    if (stream !== undefined) stream.destroy()
    else if (isInAnswer) this.tear()
    else this.finish()
  }

  /** The connection ends with the answer that is under way, or now. */
  leave(): void {
    this.closeAfter = true
    if (this.#state === "idle" && !this.isOver) this.finish()
  }

  overdue(nowMs: number): void {
    if (nowMs <= this.deadlineMs) return
    this.#request.abandon()
    this.terminate()
  }

  get #isTunnel(): boolean {
    return this.#state === "stream" && this.#stream === undefined
  }
}
