// Writes a payload in chunks of ours to a reader that may stand inside a chunk of another writer.
// That chunk gets the bytes which its size has promised, and ours follow.

import { writeChunk } from "./write.ts"

const CRLF = Buffer.from("\r\n")

export class ChunkWriter {
  /** Bytes until the chunk that the reader is in is whole, with its CRLF; 0 between chunks. */
  owed = 0

  /** False where the reader would take the last chunk for payload. */
  canEndAfter(payloadBytes: number): boolean {
    return this.owed <= payloadBytes + CRLF.length
  }

  /** `end`: the last chunk, where the payload ends with these parts. `canEndAfter` says whether it may. */
  write(head: string, parts: readonly Uint8Array[], end: Uint8Array | undefined): Buffer {
    if (this.owed === 0) return writeChunk(head, parts, end)
    const payload = Buffer.concat(parts)
    const filling = payload.subarray(0, Math.max(0, this.owed - CRLF.length))
    this.owed -= filling.length
    const begun = Buffer.concat([Buffer.from(head, "latin1"), filling])
    if (this.owed > CRLF.length) return begun
    const closing = CRLF.subarray(CRLF.length - this.owed)
    this.owed = 0
    return Buffer.concat([begun, closing, writeChunk("", [payload.subarray(filling.length)], end)])
  }
}
