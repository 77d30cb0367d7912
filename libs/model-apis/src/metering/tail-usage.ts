// Watches a response for token usage without changing or delaying a byte.
//
//   INV-8  The client gets exactly the upstream's bytes. Each chunk is passed on before it
//          is parsed, and a parser that throws costs us the meter, never the stream.
//   INV-9  `onEnd` runs once, however the stream ends: finished, reset by the upstream,
//          abandoned by the client, or cut. The reservation is settled there, so none is
//          left open.

import type { Usage } from "@bot-bottle/contracts"
import { createBodyDecoder, type DecodeOutcome } from "../body-decoder.ts"
import { createLinePosition } from "../line-position.ts"
import type { MeterReading, ResponseMeter, StreamFraming } from "../model-api.ts"
import { createSsePosition } from "../sse-events.ts"

export interface TailOptions {
  /** Null for a response without a body: it ends at once. */
  readonly upstream: ReadableStream<Uint8Array> | null
  readonly meter: ResponseMeter
  /** The response header's text, `""` when absent. */
  readonly contentEncoding: string
  /** The units that `cut` must not leave half of. Absent: events. */
  readonly framing?: StreamFraming
  /** Aborts the upstream request, e.g. its AbortController. The tail cancels the body itself as well. */
  readonly abort: (reason: string) => void
  readonly onEnd: (end: StreamEnd) => void
  /** Called when the running totals change, for crossings seen mid-stream. May call `cut`. */
  readonly onUsage?: (usage: Usage) => void
}

export interface StreamEnd {
  readonly by: "upstream" | "upstream-reset" | "client" | "cut"
  readonly reading: MeterReading
}

export interface UsageTail {
  readonly body: ReadableStream<Uint8Array>
  /**
   * Ends the client's stream now and aborts the upstream. `ending` is sent first, after whatever makes a
   * half-sent event harmless. Without one, or when the body is encoded (plain bytes cannot follow), the
   * client sees a broken connection instead. Does nothing once the stream has ended.
   */
  cut(ending?: Uint8Array): void
}

export function tailUsage(options: TailOptions): UsageTail {
  const { upstream, meter, contentEncoding, framing = "events", abort, onEnd, onUsage } = options
  const source = (upstream ?? emptyBody()).getReader()
  const position = framing === "lines" ? createLinePosition() : createSsePosition()
  const decoder = createBodyDecoder(contentEncoding, observe)
  const encoded = contentEncoding !== "" && contentEncoding.toLowerCase() !== "identity"
  let meterBroken = false
  let ended = false
  let told = meter.usage
  let client: ReadableStreamDefaultController<Uint8Array>

  function observe(decoded: Uint8Array): void {
    if (meterBroken) return
    try {
      meter.push(decoded)
    } catch {
      // INV-8: the stream continues; the reading says that the meter does not know.
      meterBroken = true
      return
    }
    if (onUsage === undefined || meter.usage === told) return
    told = meter.usage
    if (!ended) onUsage(told)
  }

  function end(by: StreamEnd["by"]): void {
    ended = true
    void decoder.finish().then((outcome) => onEnd({ by, reading: takeReading(by, outcome) }))
  }

  function takeReading(by: StreamEnd["by"], outcome: DecodeOutcome): MeterReading {
    if (meterBroken) return brokenReading(meter)
    try {
      const reading = meter.end(by === "upstream" && outcome === "intact" ? "finished" : "torn")
      const unseen = outcome === "broken" && reading.how === "cut-short"
      return unseen ? { ...reading, estimated: true, settleAtLeastReservation: true } : reading
    } catch {
      return brokenReading(meter)
    }
  }

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      client = controller
    },
    async pull() {
      try {
        const { done, value } = await source.read()
        if (ended) return
        if (done) {
          client.close()
          return end("upstream")
        }
        client.enqueue(value)
        position.push(value)
        decoder.push(value)
        await decoder.ready()
      } catch (error) {
        if (ended) return
        client.error(error)
        end("upstream-reset")
      }
    },
    async cancel(reason) {
      if (ended) return
      end("client")
      abort("client gone")
      await source.cancel(reason)
    },
  })

  return {
    body,
    cut(ending) {
      if (ended) return
      if (ending === undefined || encoded) client.error(new Error("Cut by bot-bottle"))
      else {
        client.enqueue(new TextEncoder().encode(position.interruption()))
        client.enqueue(ending)
        client.close()
      }
      end("cut")
      abort("cut")
      source.cancel("cut").catch(() => {
        // The upstream was aborted a line above: its error is our own doing.
      })
    },
  }
}

/** The result when the meter itself failed: the usage it saw, and no less than the reservation. */
function brokenReading(meter: ResponseMeter): MeterReading {
  return { how: "cut-short", usage: meter.usage, estimated: true, settleAtLeastReservation: true }
}

function emptyBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() })
}
