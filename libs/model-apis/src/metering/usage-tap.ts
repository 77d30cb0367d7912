// Watches an answer's payload for token usage, without changing a byte of it.
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
  /** Every piece that goes to the client, in order. A promise where the next should wait for it. */
  see(piece: Uint8Array): Promise<void> | undefined
  /** Bytes that make a half-sent event harmless before an ending. Undefined: plain bytes cannot follow. */
  interruption(): Uint8Array | undefined
  /** The first call counts. Resolves once `onEnd` has been told. */
  end(by: StreamEnd["by"]): Promise<void>
}

export function tapUsage({ meter, contentEncoding, framing = "events", onEnd, onUsage }: TapOptions): UsageTap {
  const position = framing === "lines" ? createLinePosition() : createSsePosition()
  const decoder = createBodyDecoder(contentEncoding, observe)
  const isEncoded = contentEncoding !== "" && contentEncoding.toLowerCase() !== "identity"
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

  return {
    see(piece) {
      position.push(piece)
      decoder.push(piece)
      return decoder.ready()
    },
    interruption: () => (isEncoded ? undefined : new TextEncoder().encode(position.interruption())),
    async end(by) {
      if (isOver) return
      isOver = true
      const outcome = await decoder.finish()
      onEnd({ by, reading: takeReading(by, outcome) })
    },
  }
}

/** The result when the meter itself failed: the usage it saw, and no less than the reservation. */
function brokenReading(meter: ResponseMeter): MeterReading {
  return { how: "cut-short", usage: meter.usage, estimated: true, settleAtLeastReservation: true }
}
