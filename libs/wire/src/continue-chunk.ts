// Continues a chunked payload in chunks of ours for a reader that may stand inside a chunk of another
// writer. That chunk gets the bytes which its size has promised, and ours follow.
//
// `owed` counts the bytes until that chunk is whole, with its CRLF; 0 between chunks.

import { writeChunk } from "./write.ts"

const CRLF = Buffer.from("\r\n")

export interface Continued {
  readonly bytes: Buffer
  /** Afterwards. */
  readonly owed: number
}

/** `end`: the last chunk, where the payload ends with these parts. `mayEndAfter` says whether it may. */
export function continueChunk(
  owed: number,
  head: string,
  parts: readonly Uint8Array[],
  end: Uint8Array | undefined,
): Continued {
  if (owed === 0) return { bytes: writeChunk(head, parts, end), owed }
  const payload = Buffer.concat(parts)
  const filling = payload.subarray(0, owedPayload(owed))
  const left = owed - filling.length
  const begun = Buffer.concat([Buffer.from(head, "latin1"), filling])
  if (left > CRLF.length) return { bytes: begun, owed: left }
  const closing = CRLF.subarray(CRLF.length - left)
  const ours = writeChunk("", [payload.subarray(filling.length)], end)
  return { bytes: Buffer.concat([begun, closing, ours]), owed: 0 }
}

/** The part of what is owed that is payload. */
export function owedPayload(owed: number): number {
  return Math.max(0, owed - CRLF.length)
}

/** False where the reader would take the last chunk for payload. */
export function mayEndAfter(owed: number, payloadBytes: number): boolean {
  return owedPayload(owed) <= payloadBytes
}
