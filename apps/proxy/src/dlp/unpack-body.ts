// Unpacks a request's body beside its way out, to be looked through. Nothing that comes of it is
// sent: what leaves is the packed bytes.

import { type BodyDecoder, createBodyDecoder } from "@bot-bottle/model-apis"
import { BodyReader, CHUNKED } from "@bot-bottle/wire"
import type { ContentCodings } from "./content-codings.ts"

export interface Unpacking {
  /** Resolves once all that can be unpacked so far was handed on. */
  push(packed: Uint8Array): Promise<void>
  /** True when what came was whole, and nothing more than it says it is. */
  finish(): Promise<boolean>
  /** Hands nothing more on. */
  stop(): void
}

/** So much at once; what it unfolds to is bounded by who is told of it. */
const SLICE_BYTES = 16 * 1024

export function createUnpacking(
  { codings, isFramed }: Extract<ContentCodings, { kind: "packed" }>,
  onPart: (part: Uint8Array) => void,
): Unpacking {
  const decoder: BodyDecoder = createBodyDecoder(codings, onPart)
  const frames = isFramed ? new BodyReader() : undefined
  let parts: Uint8Array[] = []
  let isBroken = false
  // AWS frames a body as HTTP frames one: sizes with an extension for the signature, then trailers.
  frames?.start(CHUNKED, (bytes, from, to) => parts.push(bytes.subarray(from, to)))

  function unframed(bytes: Uint8Array): readonly Uint8Array[] {
    if (frames === undefined) return [bytes]
    parts = []
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const end = frames.read(buffer, 0)
    isBroken ||= frames.failure !== undefined || end < buffer.length
    return parts
  }

  return {
    async push(packed) {
      for (let from = 0; from < packed.length; from += SLICE_BYTES)
        for (const part of unframed(packed.subarray(from, from + SLICE_BYTES))) {
          decoder.push(part)
          await decoder.idle()
        }
    },
    async finish() {
      const outcome = await decoder.finish()
      return outcome === "intact" && !decoder.hasSurplus && !isBroken && frames?.done !== false
    },
    stop: () => decoder.stop(),
  }
}
