// One agent's connection, from its first request to its last: reads one request after another,
// has each judged, and hands it to an exchange, or answers it.
//
// idle -> busy (judged, held, forwarded) -> idle again, discard, tunnel, or over. Bytes that the
// agent sends ahead of its answer wait: one request is in progress at a time.

import type { Denial } from "@bot-bottle/contracts"
import { BodyReader, findHeadEnd, joinHead, type RequestHead, readRequestHead } from "@bot-bottle/wire"
import { FilteredBody } from "./body-filter.ts"
import { Exchange } from "./exchange.ts"
import type { HeldBytes } from "./held-bytes.ts"
import { Outlet } from "./outlet.ts"
import {
  type AgentSide,
  HOLD,
  type HoldReason,
  type Outbound,
  type RefusalLog,
  type Site,
  type Verdict,
} from "./passage.ts"
import type { Reply } from "./reply.ts"
import { AgentStream, type Takeover } from "./takeover.ts"

export interface AgentSocket {
  write(bytes: Uint8Array): number
  end(): unknown
  terminate(): unknown
  pause(): unknown
  resume(): unknown
}

export interface AgentOptions {
  readonly socket: AgentSocket
  readonly site: Site
  /** Answers in place of anything that would leave now. */
  readonly cutDenial: () => Denial | undefined
  /** The connection speaks for one place from now on; `rest` is what it said already. */
  readonly onTunnel: (authority: Extract<Verdict, { kind: "tunnel" }>["authority"], rest: Buffer) => void
  readonly reportFailure: (error: unknown) => void
  readonly firstHeadMs: number
  /** Shared by all agents. */
  readonly heldBytes: HeldBytes
}

type State = "idle" | "busy" | "discard" | "stream" | "over"

const JOINED_BYTES = 64 * 1024
const HEAD_MS = 30_000
const HALF_CLOSED_MS = 30_000
const DISCARD_MS = 10_000
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024
const CLOSING_MS = 5_000
const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n")
const NOTHING = Buffer.alloc(0)
const NO_LOG: RefusalLog = { method: "" }

export class Agent implements AgentSide {
  readonly out: Outlet
  closeAfter = false
  minor: "0" | "1" = "1"
  /** When the connection is ended unless something happens before, by the clock of `overdue`. */
  deadlineMs: number
  readonly #options: AgentOptions
  readonly #reader = new BodyReader()
  readonly #link = { isGone: false }
  #state: State = "idle"
  #held: Buffer | undefined
  /** Of `held`, in a head: looked at already. */
  #seen = 0
  #holds = 0
  #exchange: Exchange | undefined
  /** Where the payload goes, while it is not relayed as it comes. */
  #takePayload: ((payload: Buffer, isLast: boolean) => void) | undefined
  #parts: Buffer[] = []
  #discarded = 0
  #hasEnded = false
  #method = "GET"
  /** Of a body that is read whole. */
  #heldSize = 0
  /** The agent waits for `100 Continue` before its body, or for a final answer and no body. */
  #awaitsContinue = false
  #log: RefusalLog = NO_LOG
  #framing: RequestHead["framing"]["kind"] = "none"
  #stream: AgentStream | undefined
  #gone: AbortController | undefined

  constructor(options: AgentOptions) {
    this.#options = options
    this.out = new Outlet(options.socket)
    this.deadlineMs = performance.now() + options.firstHeadMs
  }

  get isBusy(): boolean {
    return this.#state === "busy"
  }

  hold(why: HoldReason): void {
    const before = this.#holds
    this.#holds |= why
    if (before === 0) this.#options.socket.pause()
  }

  release(why: HoldReason): void {
    const before = this.#holds
    this.#holds &= ~why
    if (before !== 0 && this.#holds === 0 && this.#state !== "over") this.#options.socket.resume()
  }

  /** As the source of what the upstream does not take now. */
  pause(): void {
    this.hold(HOLD.upstream)
  }

  resume(): void {
    this.release(HOLD.upstream)
  }

  receive(received: Buffer): void {
    if (this.#state === "over") return
    if (this.#state === "stream") {
      this.#streamed(received)
      return
    }
    const bytes = this.#held === undefined ? received : Buffer.concat([this.#held, received])
    this.#held = undefined
    this.#read(bytes, 0)
  }

  drain(): void {
    this.out.drain()
  }

  #streamed(bytes: Buffer): void {
    if (this.#stream !== undefined) this.#stream.receive(bytes)
    else if (this.#exchange !== undefined) this.#exchange.send(bytes)
    else this.#keep(bytes, 0)
  }

  #read(bytes: Buffer, from: number): void {
    let at = from
    while (at < bytes.length) {
      switch (this.#state) {
        case "idle": {
          const next = this.#readHead(bytes, at)
          if (next === undefined) return
          at = next
          break
        }
        case "busy":
          if (this.#reader.done) {
            this.#keep(bytes, at)
            this.hold(HOLD.pipeline)
            return
          }
          at = this.#readBody(bytes, at)
          break
        case "discard":
          at = this.#readDiscarded(bytes, at)
          break
        case "stream":
          this.#streamed(at === 0 ? bytes : bytes.subarray(at))
          return
        case "over":
          return
      }
    }
  }

  /** Undefined while there is no whole head. */
  #readHead(bytes: Buffer, at: number): number | undefined {
    const end = findHeadEnd(bytes, at, this.#seen)
    if (end.kind === "refused") {
      this.#refuseMalformed(end.status, end.detail)
      return undefined
    }
    if (end.kind === "incomplete") {
      if (this.#seen === 0) this.deadlineMs = Math.min(this.deadlineMs, performance.now() + HEAD_MS)
      this.#seen = bytes.length - at
      this.#keep(bytes, at)
      return undefined
    }
    this.#seen = 0
    const head = readRequestHead(bytes, at, end.at - 2)
    if (head.kind === "refused") {
      this.#refuseMalformed(head.status, head.detail)
      return undefined
    }
    return this.#begin(head, bytes, at, end.at)
  }

  #begin(head: RequestHead, bytes: Buffer, from: number, end: number): number {
    this.#state = "busy"
    this.deadlineMs = Number.POSITIVE_INFINITY
    this.#method = head.method
    this.minor = head.minor
    this.closeAfter = head.wantsClose
    this.#awaitsContinue = head.expect === "100-continue" && head.minor === "1"
    this.#log = { method: head.method }
    this.#takePayload = undefined
    this.#framing = head.framing.kind
    this.#reader.start(head.framing, this.#tap)
    const verdict = this.#options.site.judge(head, bytes.subarray(from, end))
    if (!(verdict instanceof Promise)) return this.#obey(verdict, bytes, from, end)
    this.hold(HOLD.judge)
    verdict.then(
      (judged) => {
        this.release(HOLD.judge)
        if (this.#state !== "busy") return
        const rest = this.#held ?? NOTHING
        this.#held = undefined
        const whole = Buffer.concat([bytes.subarray(from, end), rest])
        const at = this.#obey(judged, whole, 0, end - from)
        this.#read(whole, at)
      },
      (error) => this.#fail(error),
    )
    this.#keep(bytes, end)
    return bytes.length
  }

  /** Returns up to where the bytes were used. */
  #obey(verdict: Verdict, bytes: Buffer, from: number, end: number): number {
    switch (verdict.kind) {
      case "refuse":
        this.#log = verdict.log
        this.refuse(verdict.denial)
        return end
      case "reply":
        this.#reply(verdict.reply)
        return end
      case "tunnel":
        this.#state = "over"
        this.#options.onTunnel(verdict.authority, bytes.subarray(end))
        return bytes.length
      case "take-over":
        this.#log = verdict.log
        this.#takeOver(verdict.open)
        return end
      case "hold":
        this.#log = verdict.log
        this.#collect(verdict)
        return end
      case "forward":
        this.#log = verdict.log
        return this.#forward(verdict.outbound, bytes, from, end)
    }
  }

  #forward(outbound: Outbound, bytes: Buffer, from: number, end: number): number {
    if (this.#hasEnded && outbound.isBilled) {
      this.#withdraw({ kind: "forward", outbound, log: this.#log })
      this.#finish()
      return end
    }
    const cut = outbound.staysOnHost ? undefined : this.#options.cutDenial()
    if (cut !== undefined) {
      // Not begun: nobody has been told of it, and nothing has been taken for it but a reservation.
      outbound.watcher.begin(NO_CONTROL)
      this.refuse(outbound.watcher.unanswered({ kind: "cut", mayHaveLeft: false }))
      return end
    }
    const exchange = new Exchange(this, outbound)
    this.#exchange = exchange
    const { body, head } = outbound
    if (body.kind === "filtered") {
      this.#filter(exchange, head ?? bytes.toString("latin1", from, end), body.filter)
      exchange.start()
      if (this.#reader.done) this.#takePayload?.(NOTHING, true)
      return end
    }
    const stop = body.kind === "held" || this.#reader.done ? end : this.#reader.read(bytes, end)
    if (this.#reader.failure !== undefined) {
      this.#exchange = undefined
      outbound.watcher.begin(NO_CONTROL)
      outbound.watcher.unanswered({ kind: "client", mayHaveLeft: false })
      this.#refuseMalformed(400, this.#reader.failure)
      return bytes.length
    }
    if (body.kind === "held") exchange.send(Buffer.concat([Buffer.from(head ?? "", "latin1"), body.bytes]))
    else if (head === undefined) exchange.send(from === 0 && stop === bytes.length ? bytes : bytes.subarray(from, stop))
    else if (stop - end <= JOINED_BYTES) exchange.send(joinHead(head, bytes, end, stop))
    else {
      exchange.send(Buffer.from(head, "latin1"))
      exchange.send(bytes.subarray(end, stop))
    }
    exchange.start()
    if (this.#reader.done) exchange.sent()
    return stop
  }

  #filter(exchange: Exchange, head: string, filter: ConstructorParameters<typeof FilteredBody>[1]["filter"]): void {
    const body = new FilteredBody(head, {
      filter,
      framing: this.#framing === "chunked" ? "chunks" : "raw",
      write: (part) => exchange.send(part),
      source: { pause: () => this.hold(HOLD.filter), resume: () => this.release(HOLD.filter) },
      onStop: ({ reason }) => exchange.stop(reason as Denial),
      onEnd: () => exchange.sent(),
    })
    this.#takePayload = (payload, isLast) => body.push(payload, isLast ? this.#reader.trailers : undefined)
  }

  /** Reads the payload whole, then has it judged. */
  #collect({ maxBytes, judgeWhole }: Extract<Verdict, { kind: "hold" }>): void {
    const { heldBytes } = this.#options
    const parts: Buffer[] = []
    this.#takePayload = (payload, isLast) => {
      const isTooLarge = this.#heldSize + payload.length > maxBytes || !heldBytes.take(payload.length)
      if (!isTooLarge) {
        this.#heldSize += payload.length
        if (payload.length > 0) parts.push(payload)
        if (!isLast) return
      }
      const [only = NOTHING] = parts
      const bytes = isTooLarge ? NOTHING : parts.length > 1 ? Buffer.concat(parts) : only
      this.#judgeHeld(judgeWhole({ outcome: isTooLarge ? "too-large" : "read", bytes }, this.#link))
    }
    if (this.#awaitsContinue && !this.#reader.done) this.out.write(CONTINUE)
    if (this.#reader.done) this.#takePayload(NOTHING, true)
  }

  #judgeHeld(judging: Promise<Verdict>): void {
    this.#takePayload = undefined
    this.hold(HOLD.judge)
    judging.then(
      (verdict) => {
        this.#letGo()
        this.release(HOLD.judge)
        if (this.#state !== "busy") this.#withdraw(verdict)
        else this.#obeyHeld(verdict)
      },
      (error) => {
        this.#letGo()
        this.#fail(error)
      },
    )
  }

  #letGo(): void {
    this.#options.heldBytes.giveBack(this.#heldSize)
    this.#heldSize = 0
  }

  #obeyHeld(verdict: Verdict): void {
    this.#awaitsContinue = false
    this.#obey(verdict, NOTHING, 0, 0)
  }

  /** The agent left while its request was judged. */
  #withdraw(verdict: Verdict): void {
    if (verdict.kind !== "forward") return
    verdict.outbound.watcher.begin(NO_CONTROL)
    verdict.outbound.watcher.unanswered({ kind: "client", mayHaveLeft: false })
  }

  readonly #tap = (bytes: Buffer, from: number, to: number): void => {
    if (this.#takePayload !== undefined)
      this.#parts.push(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
  }

  #readBody(bytes: Buffer, at: number): number {
    const stop = this.#reader.read(bytes, at)
    if (this.#reader.failure !== undefined) {
      this.#exchange?.abandon()
      this.#refuseMalformed(400, this.#reader.failure)
      return bytes.length
    }
    if (this.#takePayload !== undefined) {
      const parts = this.#parts
      this.#parts = []
      const [only = NOTHING] = parts
      this.#takePayload(parts.length > 1 ? Buffer.concat(parts) : only, this.#reader.done)
      return stop
    }
    this.#exchange?.send(at === 0 && stop === bytes.length ? bytes : bytes.subarray(at, stop))
    if (this.#reader.done) this.#exchange?.sent()
    return stop
  }

  #readDiscarded(bytes: Buffer, at: number): number {
    const stop = this.#reader.read(bytes, at)
    this.#discarded += stop - at
    if (this.#reader.failure !== undefined || this.#discarded > MAX_DISCARDED_BYTES) {
      this.tear()
      return bytes.length
    }
    if (this.#reader.done) this.exchangeDone()
    return stop
  }

  #keep(bytes: Buffer, at: number): void {
    if (at >= bytes.length) return
    const rest = at === 0 ? bytes : bytes.subarray(at)
    this.#held = this.#held === undefined ? rest : Buffer.concat([this.#held, rest])
  }

  exchangeDone(): void {
    this.#exchange = undefined
    this.#takePayload = undefined
    if (this.#state === "over") return
    if (this.closeAfter || this.#hasEnded) {
      this.#finish()
      return
    }
    this.#state = "idle"
    this.#log = NO_LOG
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    this.release(HOLD.pipeline)
    queueMicrotask(() => {
      const bytes = this.#held === undefined ? held : Buffer.concat([held, this.#held])
      this.#held = undefined
      if (this.#state !== "over") this.#read(bytes, 0)
    })
  }

  discardRequest(): void {
    this.#exchange = undefined
    this.#takePayload = undefined
    if (this.#state === "over") return
    // Nobody knows whether a body comes that was announced and not begun.
    if (this.closeAfter || this.#awaitsContinue) {
      this.#finish()
      return
    }
    if (this.#reader.done) {
      this.exchangeDone()
      return
    }
    this.#state = "discard"
    this.#discarded = 0
    this.deadlineMs = performance.now() + DISCARD_MS
    this.release(HOLD.upstream)
    this.release(HOLD.filter)
  }

  tunnelOpened(): void {
    this.#state = "stream"
    const held = this.#held
    this.#held = undefined
    this.release(HOLD.pipeline)
    if (held !== undefined) this.#exchange?.send(held)
  }

  #takeOver(open: (takeover: Takeover) => void): void {
    this.hold(HOLD.judge)
    this.#gone = new AbortController()
    const link = this.#link
    open({
      take: () => {
        this.#state = "stream"
        const source = { pause: () => this.hold(HOLD.upstream), resume: () => this.release(HOLD.upstream) }
        this.out.source = undefined
        const stream = new AgentStream(this.out, source, () => this.#terminate())
        this.#stream = stream
        const held = this.#held
        this.#held = undefined
        if (held !== undefined) stream.receive(held)
        this.release(HOLD.pipeline)
        this.release(HOLD.judge)
        return stream
      },
      reply: (reply) => {
        this.release(HOLD.judge)
        this.#reply(reply)
      },
      refuse: (denial) => {
        this.release(HOLD.judge)
        this.refuse(denial)
      },
      get isGone() {
        return link.isGone
      },
      signal: this.#gone.signal,
    })
  }

  refuse(denial: Denial): void {
    if (this.#state === "over") return
    this.#reply(this.#options.site.refuse(denial, this.#log, undefined))
  }

  #refuseMalformed(status: number, detail: string): void {
    if (this.#state === "over") return
    // Nobody knows where the next request begins.
    this.closeAfter = true
    const denial = this.#options.site.describeMalformed(detail)
    this.#reply(this.#options.site.refuse(denial, this.#log, status))
  }

  #reply({ status, phrase, lines, body }: Reply): void {
    if (this.#state === "over") return
    this.#exchange = undefined
    if (!this.#reader.done && this.#awaitsContinue) this.closeAfter = true
    let head = `HTTP/1.1 ${status} ${phrase}\r\n`
    for (const line of lines) head += `${line}\r\n`
    head += `content-length: ${body.length}\r\nconnection: ${this.closeAfter ? "close" : "keep-alive"}\r\n\r\n`
    this.out.write(
      joinHead(
        head,
        Buffer.from(body.buffer, body.byteOffset, body.length),
        0,
        this.#method === "HEAD" ? 0 : body.length,
      ),
    )
    this.discardRequest()
  }

  tear(): void {
    if (this.#state === "over") return
    this.#exchange = undefined
    // Framing tells a broken answer from a whole one, but for one that ends with the connection.
    if (this.closeAfter) this.#terminate()
    else this.#finish()
  }

  #finish(): void {
    this.#state = "over"
    this.deadlineMs = performance.now() + CLOSING_MS
    this.out.end()
  }

  #terminate(): void {
    this.#state = "over"
    this.#options.socket.terminate()
  }

  /** Something in the proxy broke. The operator learns why; the agent, which is not trusted, does not. */
  #fail(error: unknown): void {
    this.#options.reportFailure(error)
    if (this.#state === "over") return
    this.release(HOLD.judge)
    this.closeAfter = true
    this.#reply(PROXY_FAILURE)
  }

  /** The agent has sent its last byte. */
  ended(): void {
    this.#hasEnded = true
    if (this.#state === "over") return
    if (this.#state === "stream") {
      if (this.#stream !== undefined) this.#stream.push(null)
      else {
        this.#exchange?.abandon()
        this.#finish()
      }
      return
    }
    const mayStillRead = this.#state === "busy" && this.#reader.done && this.#exchange?.endsWithAgent !== true
    if (mayStillRead) {
      this.deadlineMs = performance.now() + HALF_CLOSED_MS
      return
    }
    this.#abandon()
    this.#finish()
  }

  /** The connection is gone. */
  closed(): void {
    this.#abandon()
    this.#state = "over"
    this.#stream?.destroy()
  }

  #abandon(): void {
    this.#link.isGone = true
    // A body that was not read to its end; one that is being judged gives back when that is over.
    if (this.#takePayload !== undefined) this.#letGo()
    this.#takePayload = undefined
    this.#gone?.abort("client gone")
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.abandon()
  }

  /** Ends a request that would continue to leave. Answers of ours in a place that stays are sent to their end. */
  cut(): void {
    if (this.#state === "stream" && this.#stream === undefined) this.end()
    else if (this.#exchange !== undefined) this.#exchange.cut(undefined)
  }

  /** Ends the connection, whatever it carries. */
  end(): void {
    if (this.#state === "over") return
    const isInAnswer = this.#state === "busy" || this.#state === "stream"
    const stream = this.#stream
    this.#abandon()
    if (stream !== undefined) stream.destroy()
    else if (isInAnswer) this.tear()
    else this.#finish()
  }

  /** The connection ends with the answer that is under way, or now. */
  leave(): void {
    this.closeAfter = true
    if (this.#state === "idle") this.#finish()
  }

  overdue(nowMs: number): void {
    if (nowMs <= this.deadlineMs) return
    this.#abandon()
    this.#terminate()
  }
}

const NO_CONTROL = { cut: () => {} }

const PROXY_FAILURE: Reply = {
  status: 502,
  phrase: "Bad Gateway",
  lines: ["content-type: application/json"],
  body: Buffer.from(
    `${JSON.stringify({ error: { type: "proxy_failure", message: "The proxy failed on this request" } })}\n`,
  ),
}
