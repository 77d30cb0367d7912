// The decision about one request, and the calls that report its answer. Types only: policy
// makes these, the exchange obeys them.

import type { Authority, Denial } from "@bot-bottle/contracts"
import type { RequestHead, ResponseHead } from "@bot-bottle/wire"
import type { Takeover } from "./agent/takeover.ts"
import type { Reply } from "./answer/reply.ts"
import type { BodyFilter } from "./body/body-filter.ts"
import type { DialFailure } from "./exchange/dial.ts"
import type { Outlet, Source } from "./outlet.ts"
import type { Place } from "./place.ts"

export type Verdict =
  | { readonly kind: "refuse"; readonly denial: Denial; readonly log: RefusalLog }
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "forward"; readonly outbound: Outbound; readonly log: RefusalLog }
  /** The payload is read whole before anything leaves. */
  | {
      readonly kind: "hold"
      readonly maxBytes: number
      readonly judgeWhole: (held: HeldBody, agent: AgentLink) => Promise<Verdict>
      readonly log: RefusalLog
    }
  /** The agent's connection is handed over, with all that it still says. */
  | { readonly kind: "take-over"; readonly open: (takeover: Takeover) => void; readonly log: RefusalLog }
  /** CONNECT: what follows on this connection is for this place alone. */
  | { readonly kind: "tunnel"; readonly authority: Authority }

/** The target of one connection's requests: one place, or for a plain connection to the proxy any. */
export interface Site {
  /** `raw`: the head as it came. */
  judge(head: RequestHead, raw: Buffer, agent: AgentLink): Verdict | Promise<Verdict>
  /** Of a head that is not HTTP, or is read in two ways. */
  describeMalformed(detail: string): Denial
  /** A refusal in the shape that this place's clients understand, once it is written down. */
  refuse(denial: Denial, log: RefusalLog, status: number | undefined): Reply
}

export interface HeldBody {
  readonly outcome: "read" | "too-large"
  readonly bytes: Uint8Array
}

/** Facts about a refused request, kept beside its denial. */
export interface RefusalLog {
  readonly method: string
  readonly path?: string
  readonly rule?: string
  readonly detector?: string
}

/** A request as it leaves. */
export interface Outbound {
  readonly place: Place
  readonly method: string
  /** Whole, with its empty line, one character a byte. Undefined: it leaves as it came. */
  readonly head: string | undefined
  readonly body: OutboundBody
  /** The agent asked for another protocol, and may have it. */
  readonly mayUpgrade: boolean
  /** It costs money: it is sent once, on a connection that was used just now. */
  readonly isBilled: boolean
  /** It goes to a service of the run's own on this host, which is told of a cutoff and obeys it itself. */
  readonly staysOnHost: boolean
  readonly watcher: Watcher
}

export type OutboundBody =
  | { readonly kind: "as-it-came" }
  | { readonly kind: "filtered"; readonly filter: BodyFilter }
  | { readonly kind: "held"; readonly bytes: Uint8Array }

/** Told of one exchange, each step once. */
export interface Watcher {
  /** Before anything leaves. */
  begin(control: ExchangeControl): void
  /** Of an interim answer (1xx): what to relay of its head. */
  interim(head: ResponseHead): EditedHead
  /** The final answer's head. A denial is sent in its place. */
  open(head: ResponseHead): AnswerEdit | Denial
  /** No answer came; returns what the agent is told. */
  unanswered(why: Unanswered): Denial
  /** After `open`: how the answer ended. */
  over(end: AnswerEnd): void
}

export interface ExchangeControl {
  /** Ends it now: with these words where the answer can still carry them, torn otherwise. */
  cut(ending: Ending | undefined): void
}

/** The last bytes of an answer, at least so many: its framing may have promised them. */
export type Ending = (minBytes: number) => Uint8Array

export interface EditedHead {
  /** Undefined where the upstream's may stay. */
  readonly startLine: string | undefined
  /** The header lines to relay, undefined where all are. */
  readonly lines: readonly string[] | undefined
}

export interface AnswerEdit extends EditedHead {
  /** Sees the payload. Keeps its length. */
  readonly filter: BodyFilter | undefined
  /** The answer must be framed so that it can be ended with our words at any time. */
  readonly isEndable: boolean
  /** An agent that has sent its last byte reads no more of it. */
  readonly endsWithAgent: boolean
}

export type Unanswered =
  | { readonly kind: "not-dialled"; readonly reason: DialFailure; readonly mayHaveLeft: false }
  | { readonly kind: "no-answer" | "bad-answer"; readonly detail: string; readonly mayHaveLeft: true }
  | { readonly kind: "stopped"; readonly denial: Denial; readonly mayHaveLeft: boolean }
  | { readonly kind: "cut" | "client"; readonly mayHaveLeft: boolean }

export type AnswerEnd = "upstream" | "upstream-reset" | "client" | "cut"

/** The agent's state while its request is being judged. */
export interface AgentLink {
  readonly isGone: boolean
  /**
   * Calls `leave` once, when the agent gives the request up, unless the returned function was called before. The
   * connection is read meanwhile: a socket that nobody reads does not tell of its end.
   */
  watch(leave: () => void): () => void
}

/** The agent's side of an exchange. */
export interface AgentSide extends Source {
  readonly out: Outlet
  /** Of the HTTP/1.x it speaks. */
  readonly minor: "0" | "1"
  /** The connection ends with this answer. */
  closeAfter: boolean
  hold(why: HoldReason): void
  release(why: HoldReason): void
  refuse(denial: Denial): void
  /** The answer is through, and so is the request. */
  exchangeDone(): void
  /** The answer is through; what is still to come of the request is thrown away. */
  discardRequest(): void
  /** Both sides speak another protocol from now on. */
  tunnelOpened(): void
  /** Ends the connection so that an answer under way is seen to be broken. */
  tear(): void
}

/** A bit each: the agent is read only while nobody holds it. */
export const HOLD = { dial: 1, upstream: 2, pipeline: 4, judge: 8, filter: 16 } as const
export type HoldReason = (typeof HOLD)[keyof typeof HOLD]
