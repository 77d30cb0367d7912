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
import { createBodyDecoder, type DecodeOutcome } from "../body-decoder.ts"
import { createLinePosition } from "../line-position.ts"
import type { MeterReading, ResponseMeter, StreamFraming } from "../model-api.ts"
import { createSsePosition } from "../sse-events.ts"

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

export function tapUsage({ meter, contentEncoding, framing = "events", onEnd, onUsage }: TapOptions): UsageTap {
  const position = framing === "lines" ? createLinePosition() : createSsePosition()
  const decoder = createBodyDecoder(contentEncoding, observe)
  const isEncoded = contentEncoding !== "" && contentEncoding.toLowerCase() !== "identity"
  const isGathering = !isEncoded && onUsage === undefined
  let gathered = NOTHING
  let gatheredBytes = 0
  let isMeterBroken = false
  let isOver = false
  let told = meter.usage

  function observe(decoded: Uint8Array): void {
    if (isMeterBroken) return
    try {
      meter.push(decoded)
    } catch {
      // INV-8: the stream continues; the reading says that the meter does not know.
      isMeterBroken = true
      return
    }
    if (onUsage === undefined || meter.usage === told) return
    told = meter.usage
    // After the piece that says so is with the client: what is told may end the stream.
    queueMicrotask(() => {
      if (!isOver) onUsage(meter.usage)
    })
  }

  function takeReading(by: StreamEnd["by"], outcome: DecodeOutcome): MeterReading {
    if (isMeterBroken) return brokenReading(meter)
    try {
      const reading = meter.end(by === "upstream" && outcome === "intact" ? "finished" : "torn")
      const isUnseen = outcome === "broken" && reading.how === "cut-short"
      return isUnseen ? { ...reading, estimated: true, settleAtLeastReservation: true } : reading
    } catch {
      return brokenReading(meter)
    }
  }

  function read(bytes: Uint8Array): void {
    position.push(bytes)
    decoder.push(bytes)
  }

  /** Meters copy what they keep, so the room is used again. */
  function readGathered(): void {
    if (gatheredBytes === 0) return
    const bytes = gathered.subarray(0, gatheredBytes)
    gatheredBytes = 0
    read(bytes)
  }

  /** False where it is too large to wait. */
  function gather(piece: Uint8Array): boolean {
    if (gatheredBytes + piece.length > gathered.length) {
      readGathered()
      if (piece.length > MAX_GATHERED_BYTES) return false
      const room = Math.max(MIN_GATHERED_BYTES, gathered.length * 2, piece.length)
      if (gathered.length < MAX_GATHERED_BYTES) gathered = new Uint8Array(Math.min(room, MAX_GATHERED_BYTES))
    }
    gathered.set(piece, gatheredBytes)
    gatheredBytes += piece.length
    return true
  }

  return {
    isInStep: !isEncoded,
    see(piece) {
      if (isGathering && gather(piece)) return undefined
      read(piece)
      return decoder.ready()
    },
    passed() {
      if (gatheredBytes > gathered.length * 0.9) readGathered()
    },
    interruption(minBytes) {
      readGathered()
      const mark = position.interruption()
      return Buffer.from(`${mark}${position.padding(minBytes - mark.length)}`)
    },
    async end(by) {
      if (isOver) return
      isOver = true
      readGathered()
      const outcome = await decoder.finish()
      onEnd({ by, reading: takeReading(by, outcome) })
    },
  }
}

/** The result when the meter itself failed: the usage it saw, and no less than the reservation. */
function brokenReading(meter: ResponseMeter): MeterReading {
  return { how: "cut-short", usage: meter.usage, estimated: true, settleAtLeastReservation: true }
}
