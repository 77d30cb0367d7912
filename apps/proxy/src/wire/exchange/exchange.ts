// One request and its answer: finds a connection, sends the request, has the answer relayed, and
// says what becomes of both connections afterwards.
//
// A request is sent a second time only when its connection was used before and ended without a
// byte of an answer: the upstream had left before it came. The method must be idempotent, nothing
// billed may depend on it, and all of it must be at hand. Once, and on a connection of its own.

import type { Denial } from "@bot-bottle/contracts"
import type { ResponseHead } from "@bot-bottle/wire"
import { describeWithheld } from "../answer/answer-edit.ts"
import { type AnswerListener, AnswerRelay } from "../answer/answer-relay.ts"
import type {
  AgentSide,
  AnswerEdit,
  EditedHead,
  Ending,
  ExchangeControl,
  Outbound,
  Unanswered,
  Watcher,
} from "../passage.ts"
import type { Place } from "../place.ts"
import { describeBadAnswer } from "./describe-unanswered.ts"
import type { DialFailure } from "./dial.ts"
import { limitIdle, NO_ANSWER, SWITCHED } from "./exchange-ends.ts"
import type { Upstream } from "./upstream.ts"
import { type LeaseHolder, UpstreamLease } from "./upstream-lease.ts"

/** RFC 9110 §9.2.2, and the methods of WebDAV and Vault that only read. */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND", "REPORT", "SEARCH", "LIST"])
const MAX_REPEATED_BYTES = 64 * 1024

export class Exchange implements LeaseHolder, ExchangeControl, AnswerListener {
  readonly #agent: AgentSide
  // Not the outbound itself: its head and body would be held for as long as a stream lasts.
  readonly #request: Pick<Outbound, "method" | "mayUpgrade">
  readonly #place: Place
  readonly #watcher: Watcher
  readonly #isRepeatable: boolean
  readonly #lease: UpstreamLease
  #relay: AnswerRelay | undefined
  /** All of the request so far, while it may have to be sent, or sent again. */
  #kept: Uint8Array[] | undefined = []
  #keptBytes = 0
  #hasLeft = false
  #isAnswered = false
  #isOpened = false
  #isAnswerDone = false
  #isRequestDone = false
  #isPersistent = false
  #isTunnel = false
  #isOver = false
  #endsWithAgent: boolean

  constructor(agent: AgentSide, outbound: Outbound) {
    this.#agent = agent
    this.#request = { method: outbound.method, mayUpgrade: outbound.mayUpgrade }
    this.#place = outbound.place
    this.#watcher = outbound.watcher
    this.#lease = new UpstreamLease(agent, outbound.place, this)
    this.#endsWithAgent = outbound.isBilled
    this.#isRepeatable = !outbound.isBilled && IDEMPOTENT.has(outbound.method)
  }

  /** The agent's FIN means that nobody reads the rest: an event stream, or what is paid for. */
  get endsWithAgent(): boolean {
    return this.#endsWithAgent
  }

  get isOver(): boolean {
    return this.#isOver
  }

  start(): void {
    this.#watcher.begin(this)
    if (!this.#isOver) this.#lease.take(this.#isRepeatable ? "any" : "fresh")
  }

  notDialled(reason: DialFailure): void {
    this.#fail(this.#hasLeft ? NO_ANSWER : { kind: "not-dialled", reason, mayHaveLeft: false })
  }

  attached(upstream: Upstream): void {
    this.#relay = new AnswerRelay(this.#agent, upstream, this.#request, this)
    const kept = this.#kept ?? []
    const mayRepeat = this.#isRepeatable && upstream.uses > 1 && this.#keptBytes <= MAX_REPEATED_BYTES
    if (!mayRepeat) this.#kept = undefined
    for (const bytes of kept) this.#write(upstream, bytes)
  }

  #write(upstream: Upstream, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#hasLeft = true
    upstream.out.write(bytes)
  }

  #keep(bytes: Uint8Array): void {
    this.#kept?.push(bytes)
    this.#keptBytes += bytes.length
  }

  /** More of the request, as it leaves. */
  send(bytes: Uint8Array): void {
    if (this.#isOver) return
    const { upstream } = this.#lease
    if (upstream === undefined) {
      this.#keep(bytes)
      return
    }
    if (this.#kept !== undefined) {
      if (this.#keptBytes + bytes.length > MAX_REPEATED_BYTES) this.#kept = undefined
      else this.#keep(bytes)
    }
    this.#write(upstream, bytes)
  }

  /** That was all of it. A filter may say so late, when the agent has its answer and the next request is under way. */
  sent(): void {
    if (this.#isOver) return
    this.#isRequestDone = true
    if (this.#isAnswerDone) this.#finish()
  }

  /** The rest of the request must not leave. */
  stop(denial: Denial): void {
    if (this.#isOver) return
    if (this.#isOpened) this.#breakOff("cut")
    else this.#fail({ kind: "stopped", denial, mayHaveLeft: this.#hasLeft })
  }

  fromUpstream(bytes: Buffer): void {
    if (!this.#isAnswered) {
      this.#isAnswered = true
      this.#kept = undefined
    }
    if (this.#isTunnel) this.#agent.out.write(bytes)
    else this.#relay?.receive(bytes)
  }

  upstreamEnded(error: Error | undefined): void {
    if (this.#isOver) return
    const { upstream } = this.#lease
    this.#lease.detach()
    if (this.#isTunnel) {
      this.#end("upstream")
      this.#agent.out.end()
      return
    }
    if (!this.#isAnswered) {
      if (this.#kept !== undefined && upstream !== undefined && upstream.uses > 1) this.#lease.dial()
      else this.#fail(NO_ANSWER)
      return
    }
    if (error === undefined && this.#relay?.endOfConnection() === true) return
    if (this.#isOpened) this.#breakOff("upstream-reset")
    // An interim answer says nothing of what the final one would have been.
    else if (this.#relay?.hasFinal !== true) this.#fail(NO_ANSWER)
    else this.#fail({ kind: "bad-answer", detail: "the upstream ended in the middle of a head", mayHaveLeft: true })
  }

  /** The agent is gone, or speaks no more where it must. */
  abandon(): void {
    if (this.#isOver) return
    const watcher = this.#watcher
    const mayHaveLeft = this.#hasLeft
    if (this.#isOpened) this.#end("client")
    else {
      this.#isOver = true
      watcher.unanswered({ kind: "client", mayHaveLeft })
    }
    this.#lease.drop()
  }

  cut(ending: Ending | undefined): void {
    if (this.#isOver) return
    if (!this.#isOpened && !this.#isTunnel) {
      this.#fail({ kind: "cut", mayHaveLeft: this.#hasLeft })
      return
    }
    const isSaid = ending !== undefined && this.#relay?.endWith(ending) === true
    if (!isSaid) {
      this.#breakOff("cut")
      return
    }
    this.#isOver = true
    const { upstream } = this.#lease
    this.#lease.detach()
    if (!this.#isRequestDone) this.#agent.closeAfter = true
    this.#agent.exchangeDone()
    // A cut ends many streams at once: the last words of all of them leave before any is settled.
    const watcher = this.#watcher
    queueMicrotask(() => {
      upstream?.destroy()
      watcher.over("cut")
    })
  }

  interim(head: ResponseHead): EditedHead {
    return this.#watcher.interim(head)
  }

  switched(): void {
    this.#isTunnel = true
    this.#watcher.open(SWITCHED)
    this.#isOpened = true
    this.#agent.tunnelOpened()
  }

  malformed(detail: string, hasBegun: boolean): void {
    if (!this.#isOpened) this.#fail({ kind: "bad-answer", detail, mayHaveLeft: true })
    else if (hasBegun) this.#breakOff("upstream-reset")
    else this.#withhold("upstream-reset", describeBadAnswer(detail, this.#place.name))
  }

  stopped(hasBegun: boolean, reason: unknown): void {
    if (hasBegun) this.#breakOff("cut")
    else this.#withhold("cut", describeWithheld(reason, this.#place.name))
  }

  open(head: ResponseHead): AnswerEdit | undefined {
    this.#isOpened = true
    this.#isPersistent = head.persistent
    const { upstream } = this.#lease
    if (upstream !== undefined && head.keepAlive !== undefined) limitIdle(upstream, head.keepAlive)
    const edit = this.#watcher.open(head)
    if ("reason" in edit) {
      this.#isOver = true
      this.#lease.drop()
      this.#agent.refuse(edit)
      return undefined
    }
    this.#endsWithAgent ||= edit.endsWithAgent
    return edit
  }

  done(hasSurplus: boolean): void {
    this.#isAnswerDone = true
    if (hasSurplus) this.#isPersistent = false
    if (this.#isRequestDone) {
      this.#finish()
      return
    }
    // An answer before the request's end (413, 401): nobody wants what is still to come of it.
    this.#lease.drop()
    this.#end("upstream")
    this.#agent.discardRequest()
  }

  #finish(): void {
    const { upstream } = this.#lease
    this.#lease.detach()
    if (upstream !== undefined) {
      if (this.#isPersistent) this.#place.pool.put(upstream)
      else upstream.destroy()
    }
    this.#end("upstream")
    this.#agent.exchangeDone()
  }

  /** No byte of the answer has reached the agent, and none may. */
  #withhold(end: "upstream-reset" | "cut", denial: Denial): void {
    if (this.#isOver) return
    this.#lease.drop()
    this.#end(end)
    this.#agent.refuse(denial)
  }

  /** The answer breaks off for the agent in a way that it can tell from an end. */
  #breakOff(end: "upstream-reset" | "cut"): void {
    if (this.#isOver) return
    this.#relay?.stop()
    this.#lease.drop()
    this.#end(end)
    this.#agent.tear()
  }

  #fail(why: Unanswered): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#relay?.stop()
    this.#lease.drop()
    this.#agent.refuse(this.#watcher.unanswered(why))
  }

  #end(how: "upstream" | "upstream-reset" | "client" | "cut"): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#watcher.over(how)
  }
}
