// The request that an agent has in progress: does with it what its verdict says, and gives it up
// when the agent leaves. One object for all requests of a connection, one after another.
//
// It reads no heads. The agent reads, has the request judged, and decides what follows on the connection.

import type { Denial } from "@bot-bottle/contracts"
import type { RequestHead } from "@bot-bottle/wire"
import type { Reply } from "../answer/reply.ts"
import { PROXY_FAILURE, writeReply } from "../answer/write-reply.ts"
import { FilteredBody } from "../body/body-filter.ts"
import type { HeldBytes } from "../body/held-bytes.ts"
import { HeldPayload } from "../body/held-payload.ts"
import { RequestBody } from "../body/request-body.ts"
import { Exchange } from "../exchange/exchange.ts"
import { sendFirst } from "../exchange/first-write.ts"
import { type AgentSide, HOLD, type Outbound, type RefusalLog, type Site, type Verdict } from "../passage.ts"
import { WatchedLink } from "./agent-link.ts"
import { offerTakeover, type TakeoverOwner } from "./offer-takeover.ts"
import type { Takeover } from "./takeover.ts"

export interface AgentRequestOptions {
  readonly site: Site
  /** Answers in place of anything that would leave now. */
  readonly cutDenial: () => Denial | undefined
  /** The connection speaks for one place from now on; `rest` is what it said already. */
  readonly onTunnel: (authority: Extract<Verdict, { kind: "tunnel" }>["authority"], rest: Buffer) => void
  readonly reportFailure: (error: unknown) => void
  /** Shared by all agents. */
  readonly heldBytes: HeldBytes
}

/** The agent's connection, as its request needs it. */
export interface RequestOwner extends AgentSide, TakeoverOwner {
  readonly isOver: boolean
  readonly isBusy: boolean
  /** The agent has sent its last byte. */
  readonly hasEnded: boolean
  finish(): void
  /** Reads nothing more: the bytes of the socket are for another owner. */
  handOver(): void
}

const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n")
const NOTHING = Buffer.alloc(0)
const NO_LOG: RefusalLog = { method: "" }
const NO_CONTROL = { cut: () => {} }

export class AgentRequest {
  readonly body = new RequestBody()
  exchange: Exchange | undefined
  /** The agent waits for `100 Continue` before its body, or for a final answer and no body. */
  awaitsContinue = false
  readonly #owner: RequestOwner
  readonly #options: AgentRequestOptions
  readonly #link: WatchedLink
  #method = "GET"
  #log = NO_LOG
  /** A body that is read whole. */
  #held: HeldPayload | undefined
  #filtered: FilteredBody | undefined
  #gone: AbortController | undefined

  constructor(owner: RequestOwner, options: AgentRequestOptions) {
    this.#owner = owner
    this.#options = options
    this.#link = new WatchedLink(() => owner.release(HOLD.judge))
  }

  /** Tells the judging of a request that the agent leaves. */
  get link(): WatchedLink {
    return this.#link
  }

  begin(head: RequestHead): void {
    this.#method = head.method
    this.awaitsContinue = head.expect === "100-continue" && head.minor === "1"
    this.#log = { method: head.method }
    this.body.start(head.framing)
  }

  /** Returns up to where the bytes were used. */
  obey(verdict: Verdict, bytes: Buffer, from: number, end: number): number {
    switch (verdict.kind) {
      case "refuse":
        this.#log = verdict.log
        this.refuse(verdict.denial)
        return end
      case "reply":
        this.#reply(verdict.reply)
        return end
      case "tunnel":
        this.#owner.handOver()
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

  /** More of its body. Returns up to where the bytes belong to it. */
  receive(bytes: Buffer, at: number): number {
    const { body } = this
    const stop = body.read(bytes, at)
    if (body.failure !== undefined) {
      this.exchange?.abandon()
      this.refuseMalformed(400, body.failure)
      return bytes.length
    }
    if (body.taker !== undefined) {
      body.deliver(body.taker)
      return stop
    }
    this.exchange?.send(at === 0 && stop === bytes.length ? bytes : bytes.subarray(at, stop))
    if (body.isDone) this.exchange?.sent()
    return stop
  }

  refuse(denial: Denial): void {
    if (!this.#owner.isOver) this.#reply(this.#options.site.refuse(denial, this.#log, undefined))
  }

  refuseMalformed(status: number, detail: string): void {
    if (this.#owner.isOver) return
    // Nobody knows where the next request begins.
    this.#owner.closeAfter = true
    const denial = this.#options.site.describeMalformed(detail)
    this.#reply(this.#options.site.refuse(denial, this.#log, status))
  }

  /** Something in the proxy broke. */
  fail(error: unknown): void {
    this.#options.reportFailure(error)
    if (this.#owner.isOver) return
    this.#owner.release(HOLD.judge)
    this.#owner.closeAfter = true
    this.#reply(PROXY_FAILURE)
  }

  /** The exchange is over, or never came to be. */
  leaveExchange(): void {
    this.exchange = undefined
    this.#dropPayload()
    // A filter that is still busy would release the hold of the next request's filter.
    this.#filtered?.stop()
    this.#filtered = undefined
    this.#owner.release(HOLD.filter)
  }

  /** Gives back the room of a body that was not read to its end. The judging of a whole body does so itself. */
  #dropPayload(): void {
    this.#held?.giveBack()
    this.#held = undefined
    this.body.taker = undefined
  }

  /** The next head is not this one's. */
  forget(): void {
    this.#log = NO_LOG
    this.#method = "GET"
  }

  /** The agent is gone. */
  abandon(): void {
    this.#link.gone()
    this.#dropPayload()
    this.#gone?.abort("client gone")
    const { exchange } = this
    this.exchange = undefined
    exchange?.abandon()
  }

  #forward(outbound: Outbound, bytes: Buffer, from: number, end: number): number {
    if (this.#owner.hasEnded && outbound.isBilled) {
      withdraw(outbound)
      this.#owner.finish()
      return end
    }
    const cut = outbound.staysOnHost ? undefined : this.#options.cutDenial()
    if (cut !== undefined) {
      // Not begun: nobody has been told of it, and nothing has been taken for it but a reservation.
      outbound.watcher.begin(NO_CONTROL)
      this.refuse(outbound.watcher.unanswered({ kind: "cut", mayHaveLeft: false }))
      return end
    }
    const exchange = new Exchange(this.#owner, outbound)
    this.exchange = exchange
    const { body, head } = outbound
    if (body.kind === "filtered") {
      this.#filter(exchange, head ?? bytes.toString("latin1", from, end), body.filter)
      exchange.start()
      // A client that expects the upstream's word sends no body before it: the head leaves without one.
      if (this.body.isDone || this.awaitsContinue) this.body.taker?.(NOTHING, this.body.isDone)
      return end
    }
    const stop = body.kind === "held" || this.body.isDone ? end : this.body.read(bytes, end)
    if (this.body.failure !== undefined) {
      this.exchange = undefined
      withdraw(outbound)
      this.refuseMalformed(400, this.body.failure)
      return bytes.length
    }
    sendFirst(exchange, outbound, bytes, from, end, stop)
    exchange.start()
    if (this.body.isDone) exchange.sent()
    return stop
  }

  #filter(exchange: Exchange, head: string, filter: ConstructorParameters<typeof FilteredBody>[1]["filter"]): void {
    const owner = this.#owner
    const filtered = new FilteredBody(head, {
      filter,
      framing: this.body.framing === "chunked" ? "chunks" : "raw",
      write: (part) => exchange.send(part),
      source: { pause: () => owner.hold(HOLD.filter), resume: () => owner.release(HOLD.filter) },
      onStop: ({ reason }) => exchange.stop(reason as Denial),
      onEnd: () => exchange.sent(),
    })
    this.#filtered = filtered
    this.body.taker = (payload, isLast) => filtered.push(payload, isLast ? this.body.trailers : undefined)
  }

  /** Reads the payload whole, then has it judged. */
  #collect({ maxBytes, judgeWhole }: Extract<Verdict, { kind: "hold" }>): void {
    const held = new HeldPayload(maxBytes, this.#options.heldBytes)
    this.#held = held
    this.body.taker = (payload, isLast) => {
      const whole = held.add(payload, isLast)
      if (whole !== undefined) this.#judgeHeld(judgeWhole(whole, this.#link), held)
    }
    if (this.awaitsContinue && !this.body.isDone) this.#owner.out.write(CONTINUE)
    if (this.body.isDone) this.body.taker(NOTHING, true)
  }

  #judgeHeld(judging: Promise<Verdict>, held: HeldPayload): void {
    const owner = this.#owner
    // Known to the judging alone from now on: the connection may outlive it by hours.
    this.#held = undefined
    this.body.taker = undefined
    if (!this.#link.isWatched) owner.hold(HOLD.judge)
    judging.then(
      (verdict) => {
        held.giveBack()
        owner.release(HOLD.judge)
        if (owner.isBusy) {
          this.awaitsContinue = false
          this.obey(verdict, NOTHING, 0, 0)
        } else if (verdict.kind === "forward") withdraw(verdict.outbound)
      },
      (error) => {
        held.giveBack()
        this.fail(error)
      },
    )
  }

  #takeOver(open: (takeover: Takeover) => void): void {
    this.#gone = new AbortController()
    open(
      offerTakeover(this.#owner, {
        link: this.#link,
        signal: this.#gone.signal,
        reply: (reply) => this.#reply(reply),
        refuse: (denial) => this.refuse(denial),
      }),
    )
  }

  #reply(reply: Reply): void {
    const owner = this.#owner
    if (owner.isOver) return
    this.exchange = undefined
    if (!this.body.isDone && this.awaitsContinue) owner.closeAfter = true
    owner.out.write(writeReply(reply, { method: this.#method, isLast: owner.closeAfter }))
    owner.discardRequest()
  }
}

/** The agent left while its request was judged: nothing of it may leave. */
function withdraw({ watcher }: Outbound): void {
  watcher.begin(NO_CONTROL)
  watcher.unanswered({ kind: "client", mayHaveLeft: false })
}
