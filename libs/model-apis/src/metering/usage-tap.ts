// Watches an answer's payload for token usage, without changing a byte of it.
//
// Small pieces are gathered and read together: a stream brings an event at a time, and to read
// each by itself costs several times as much. Where running totals are watched, nothing waits.
//
//   INV-8  The client gets exactly the upstream's bytes. A parser that throws costs us the meter,
//          never the stream.
//   INV-9  `onEnd` runs once, however the stream ends: finished, reset by the upstream, abandoned
//          by the client, or cut. The reservation is settled there, so none is left open.

import type { Usage } from "@bot-bottle/contracts"
import { type BodyDecoder, createBodyDecoder, type DecodeOutcome } from "../body-decoder.ts"
import { createLinePosition } from "../line-position.ts"
import type { MeterReading, ResponseMeter, StreamFraming } from "../model-api.ts"
import { createSsePosition, type StreamPosition } from "../sse-events.ts"

export interface TapOptions {
  readonly meter: ResponseMeter
  /** The response header's text, `""` when absent. */
  readonly contentEncoding: string
  /** The unit that an ending must not leave half of. Absent: events. */
  readonly framing?: StreamFraming
  readonly onEnd: (end: StreamEnd) => void
  /** Called when the running totals change, for crossings seen mid-stream. May end the tap. */
  readonly onUsage: ((usage: Usage) => void) | undefined
}

export interface StreamEnd {
  readonly by: "upstream" | "upstream-reset" | "client" | "cut"
  readonly reading: MeterReading
}

export interface UsageTap {
  /** It reads what passes at once, without a decoder: nothing waits for it, and plain bytes may follow. */
  readonly isInStep: boolean
  /** Every piece that goes to the client, in order. A promise where the next should wait for it. */
  see(piece: Uint8Array): Promise<void> | undefined
  /** The piece is with the client: the time for work that must not delay it. */
  passed(): void
  /** At least so many bytes that make a half-sent event harmless before an ending. Only where it is in step. */
  interruption(minBytes: number): Uint8Array
  /** The first call counts. Resolves once `onEnd` has been told. */
  end(by: StreamEnd["by"]): Promise<void>
}

/** Room for what is gathered, from a few events to some twenty-five: a short answer holds little. */
const MIN_GATHERED_BYTES = 512
const MAX_GATHERED_BYTES = 4096
const NOTHING = new Uint8Array(0)

export function tapUsage(options: TapOptions): UsageTap {
  return new Tap(options)
}

/** One object for each open stream, however many there are. */
class Tap implements UsageTap {
  readonly isInStep: boolean
  readonly #meter: ResponseMeter
  readonly #position: StreamPosition
  /** Undefined where the payload is plain. */
  readonly #decoder: BodyDecoder | undefined
  readonly #onEnd: TapOptions["onEnd"]
  readonly #onUsage: TapOptions["onUsage"]
  #gathered = NOTHING
  #gatheredBytes = 0
  #isMeterBroken = false
  #isOver = false
  #told: Usage

  constructor({ meter, contentEncoding, framing = "events", onEnd, onUsage }: TapOptions) {
    const isEncoded = contentEncoding !== "" && contentEncoding.toLowerCase() !== "identity"
    this.isInStep = !isEncoded
    this.#meter = meter
    this.#position = framing === "lines" ? createLinePosition() : createSsePosition()
    this.#decoder = isEncoded ? createBodyDecoder(contentEncoding, (decoded) => this.#observe(decoded)) : undefined
    this.#onEnd = onEnd
    this.#onUsage = onUsage
    this.#told = meter.usage
  }

  see(piece: Uint8Array): Promise<void> | undefined {
    if (this.isInStep && this.#onUsage === undefined && this.#gather(piece)) return undefined
    this.#read(piece)
    return this.#decoder?.ready()
  }

  passed(): void {
    if (this.#gatheredBytes > this.#gathered.length * 0.9) this.#readGathered()
  }

  interruption(minBytes: number): Uint8Array {
    this.#readGathered()
    const mark = this.#position.interruption()
    return Buffer.from(`${mark}${this.#position.padding(minBytes - mark.length)}`)
  }

  async end(by: StreamEnd["by"]): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#readGathered()
    const outcome = (await this.#decoder?.finish()) ?? "intact"
    this.#onEnd({ by, reading: this.#takeReading(by, outcome) })
  }

  /** False where it is too large to wait. */
  #gather(piece: Uint8Array): boolean {
    if (this.#gatheredBytes + piece.length > this.#gathered.length) {
      this.#readGathered()
      if (piece.length > MAX_GATHERED_BYTES) return false
      this.#makeRoom(piece.length)
    }
    this.#gathered.set(piece, this.#gatheredBytes)
    this.#gatheredBytes += piece.length
    return true
  }

  #makeRoom(bytes: number): void {
    const { length } = this.#gathered
    if (length === MAX_GATHERED_BYTES) return
    this.#gathered = new Uint8Array(Math.min(Math.max(MIN_GATHERED_BYTES, length * 2, bytes), MAX_GATHERED_BYTES))
  }

  /** Meters copy what they keep, so the room is used again. */
  #readGathered(): void {
    if (this.#gatheredBytes === 0) return
    const bytes = this.#gathered.subarray(0, this.#gatheredBytes)
    this.#gatheredBytes = 0
    this.#read(bytes)
  }

  #read(bytes: Uint8Array): void {
    this.#position.push(bytes)
    if (this.#decoder === undefined) this.#observe(bytes)
    else this.#decoder.push(bytes)
  }

  #observe(decoded: Uint8Array): void {
    const [meter, onUsage] = [this.#meter, this.#onUsage]
    if (this.#isMeterBroken) return
    try {
      meter.push(decoded)
    } catch {
      // INV-8: the stream continues; the reading says that the meter does not know.
      this.#isMeterBroken = true
      return
    }
    if (onUsage === undefined || meter.usage === this.#told) return
    this.#told = meter.usage
    // After the piece that says so is with the client: what is told may end the stream.
    queueMicrotask(() => {
      if (!this.#isOver) onUsage(meter.usage)
    })
  }

  #takeReading(by: StreamEnd["by"], outcome: DecodeOutcome): MeterReading {
    const meter = this.#meter
    if (this.#isMeterBroken) return brokenReading(meter)
    try {
      const reading = meter.end(by === "upstream" && outcome === "intact" ? "finished" : "torn")
      const isUnseen = outcome === "broken" && reading.how === "cut-short"
      return isUnseen ? { ...reading, estimated: true, settleAtLeastReservation: true } : reading
    } catch {
      return brokenReading(meter)
    }
  }
}

/** The result when the meter itself failed: the usage it saw, and no less than the reservation. */
function brokenReading(meter: ResponseMeter): MeterReading {
  return { how: "cut-short", usage: meter.usage, estimated: true, settleAtLeastReservation: true }
}
