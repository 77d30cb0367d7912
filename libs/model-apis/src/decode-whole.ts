// Decodes a whole body that is in hand, up to a limit, and stops at once where it unfolds to more.
//
// In slices, and giving way between them: a bomb of a few kilobytes costs milliseconds, and
// whatever else the process has to answer is answered meanwhile.

import { createBodyDecoder, type DecodeOutcome } from "./body-decoder.ts"

export type DecodedWhole =
  | { readonly outcome: Exclude<DecodeOutcome, "broken">; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly outcome: "broken" }
  | { readonly outcome: "too-large" }

const SLICE_BYTES = 16 * 1024

/** `bytes` of a truncated body are what could be decoded of it. */
export async function decodeWhole(body: Uint8Array, contentEncoding: string, maxBytes: number): Promise<DecodedWhole> {
  const parts: Uint8Array[] = []
  let size = 0
  const decoder = createBodyDecoder(contentEncoding, (part) => {
    size += part.length
    if (size > maxBytes) decoder.stop()
    else parts.push(part.slice())
  })
  for (let from = 0; from < body.length && size <= maxBytes; from += SLICE_BYTES) {
    decoder.push(body.subarray(from, from + SLICE_BYTES))
    await decoder.idle()
  }
  const outcome = await decoder.finish()
  if (size > maxBytes) return { outcome: "too-large" }
  return outcome === "broken" ? { outcome } : { outcome, bytes: new Uint8Array(Buffer.concat(parts)) }
}
