// Watches one billed exchange: taps the answer's usage, ends its stream with the provider's own
// words when the run is cut, and closes the bill however the exchange ends.

import type { Denial, Secret } from "@bot-bottle/contracts"
import { type Scrubber, scrubberOf } from "@bot-bottle/egress"
import { type ModelApi, type ModelRequest, tapUsage, type UsageTap } from "@bot-bottle/model-apis"
import type { ResponseHead } from "@bot-bottle/wire"
import { describeUnreadableAnswer } from "../describe-denial.ts"
import { packingsOf } from "../dlp/content-codings.ts"
import type { EgressSwitch } from "../egress-switch.ts"
import type { BodyTap } from "../limits/limit-desk.ts"
import { editAnswerHead, scrubPayload } from "../wire/answer/answer-edit.ts"
import { type BodyFilter, type InPlaceFilter, isInPlace } from "../wire/body/body-filter.ts"
import { describeUnanswered } from "../wire/exchange/describe-unanswered.ts"
import type {
  AnswerEdit,
  AnswerEnd,
  EditedHead,
  Ending,
  ExchangeControl,
  Unanswered,
  Watcher,
} from "../wire/passage.ts"
import type { Bill } from "./billing.ts"
import type { ResponseMemory } from "./known-responses.ts"
import type { LedgerWrites } from "./ledger-writes.ts"
import type { MeteredRequest } from "./metered-request.ts"

export interface MeteredAnswerOptions {
  /** The only parts of the request that are kept: an answer may last for hours. */
  readonly asked: Pick<MeteredRequest, "recordAnswer"> & { readonly place: string; readonly secret: Secret | undefined }
  readonly api: ModelApi
  readonly model: ModelRequest
  readonly bill: Bill
  readonly egress: EgressSwitch
  readonly known: ResponseMemory
  readonly writes: Pick<LedgerWrites, "expect">
}

const EVENT_STREAM = "text/event-stream"
/** Media types of answers that last, and so can be ended with our words. */
const STREAM_TYPES = { events: EVENT_STREAM, lines: "application/x-ndjson" } as const
const NOTHING = new Uint8Array(0)

export class MeteredAnswer implements Watcher, InPlaceFilter {
  readonly #options: MeteredAnswerOptions
  readonly #scrubber: Scrubber | undefined
  #untrack: (() => void) | undefined
  #tap: UsageTap | undefined
  #scrubInPlace: InPlaceFilter | undefined
  #bodyTap: BodyTap | undefined
  #isStream = false

  constructor(options: MeteredAnswerOptions) {
    this.#options = options
    this.#scrubber = scrubberOf(options.asked.secret)
  }

  begin(control: ExchangeControl): void {
    this.#untrack = this.#options.egress.track({
      end: (denial) => {
        this.#untrack?.()
        control.cut(this.#ending(denial))
      },
    })
  }

  interim(head: ResponseHead): EditedHead {
    return editAnswerHead(head, this.#scrubber)
  }

  open(head: ResponseHead): AnswerEdit | Denial {
    const { asked, bill } = this.#options
    const scrub = scrubPayload(this.#scrubber, head)
    if (scrub === "unreadable") {
      this.#untrack?.()
      bill.settleUnknown()
      return describeUnreadableAnswer(asked.place)
    }
    this.#bodyTap = asked.recordAnswer(head.status, head)
    this.#tap = this.#tapUsage(head)
    return {
      ...editAnswerHead(head, this.#scrubber),
      filter: this.#filter(this.#tap, scrub),
      isEndable: this.#isStream,
      endsWithAgent: true,
    }
  }

  #tapUsage(head: ResponseHead): UsageTap {
    const { api, model, bill, known } = this.#options
    const mediaType = mediaTypeOf(head)
    this.#isStream = mediaType === STREAM_TYPES[api.framing ?? "events"]
    const meter = api.createMeter({ status: head.status, contentType: mediaType, request: model })
    return tapUsage({
      meter,
      // A name that nobody knows makes a reading that says so.
      contentEncoding: packingsOf(head.contentEncoding) ?? head.contentEncoding ?? "",
      ...(api.framing !== undefined && { framing: api.framing }),
      onEnd: (end) => {
        // For the requests that continue it.
        const { chain } = meter
        if (chain !== undefined) known.remember(chain.responseId, chain.tokens)
        bill.settle(end, head.status)
      },
      onUsage: mediaType === EVENT_STREAM ? bill.watch : undefined,
    })
  }

  #filter(tap: UsageTap, scrub: BodyFilter | InPlaceFilter | undefined): BodyFilter | InPlaceFilter {
    if (tap.isInStep && (scrub === undefined || isInPlace(scrub))) {
      this.#scrubInPlace = scrub
      return this
    }
    const bodyTap = this.#bodyTap
    return {
      push(payload) {
        bodyTap?.(payload)
        const waiting = tap.see(payload)
        const out = scrub === undefined ? payload : scrub.push(payload)
        return waiting === undefined ? out : waiting.then(() => out)
      },
      end: (trailers) => (scrub === undefined ? { bytes: NOTHING, trailers } : scrub.end(trailers)),
    }
  }

  /** As the filter of a payload that the tap reads in step: no object more for each open stream. */
  push(payload: Uint8Array): Uint8Array {
    this.#bodyTap?.(payload)
    void this.#tap?.see(payload)
    return this.#scrubInPlace === undefined ? payload : this.#scrubInPlace.push(payload)
  }

  end(trailers: string): { readonly bytes: Uint8Array; readonly trailers: string } {
    return this.#scrubInPlace?.end(trailers) ?? { bytes: NOTHING, trailers }
  }

  written(): void {
    this.#tap?.passed()
  }

  /** Undefined where the answer cannot carry our words. */
  #ending(denial: Denial): Ending | undefined {
    const tap = this.#tap
    if (tap === undefined || !this.#isStream || !tap.isInStep) return undefined
    const words = this.#options.api.streamEnding(denial)
    return (minBytes) => {
      const held = this.end("").bytes
      const interruption = tap.interruption(minBytes - held.length - words.length)
      return Buffer.concat([held, interruption, words])
    }
  }

  unanswered(why: Unanswered): Denial {
    const { bill, asked, egress } = this.#options
    this.#untrack?.()
    if (!why.mayHaveLeft) bill.release()
    // Often it was the connection that failed: output that nobody saw begin is not charged.
    else if (why.kind === "no-answer") bill.settleUnanswered()
    else bill.settleUnknown()
    return describeUnanswered(why, egress, asked.place)
  }

  over(end: AnswerEnd): void {
    this.#untrack?.()
    this.#bodyTap?.(undefined)
    const ended = this.#tap?.end(end)
    // The decoder of a compressed answer finishes later. A proxy that ends waits for it.
    if (ended !== undefined) this.#options.writes.expect(ended)
  }
}

/** Without parameters, in lower case. */
function mediaTypeOf({ contentType }: ResponseHead): string {
  return (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""
}
