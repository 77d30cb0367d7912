// One byte-level vocabulary: which runs of bytes are one token, and how early each was learnt.
//
// Open addressing over flat arrays: two hundred thousand pieces in some six megabytes, looked up
// without making an object. Read in slices, so that others have their turn meanwhile.

export interface Vocabulary {
  /** How early the bytes from `start` to `end` became one token; lower is earlier. NO_RANK when they never did. */
  rankOf(bytes: Uint8Array, start: number, end: number): number
}

export const NO_RANK = 0x7fffffff

/** `text` holds a line a token: its bytes in base64, a space, its rank. */
export async function parseVocabulary(text: string, pause: () => Promise<void>): Promise<Vocabulary> {
  const pieces = new Uint8Array(text.length)
  const slots = 2 ** Math.ceil(Math.log2(Math.max(1024, text.length / 8)))
  /** Three numbers a slot: where the piece starts, its length, its rank. */
  const table = new Int32Array(3 * slots)
  let filled = 0

  function placeOf(bytes: Uint8Array, start: number, end: number): number {
    let hash = end - start
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
    let slot = (hash ^ (hash >>> 15)) & (slots - 1)
    for (;;) {
      const length = table[3 * slot + 1] ?? 0
      if (length === 0 || (length === end - start && isPiece(table[3 * slot] ?? 0, bytes, start, end))) return 3 * slot
      slot = (slot + 1) & (slots - 1)
    }
  }

  function isPiece(piece: number, bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (pieces[piece + at - start] !== bytes[at]) return false
    return true
  }

  let lines = 0
  for (let start = 0; start < text.length; lines++) {
    if (lines % LINES_AT_ONCE === 0) await pause()
    const space = text.indexOf(" ", start)
    const lineEnd = text.indexOf("\n", space)
    const end = lineEnd === -1 ? text.length : lineEnd
    const piece = Buffer.from(text.slice(start, space), "base64")
    pieces.set(piece, filled)
    const place = placeOf(piece, 0, piece.length)
    table[place] = filled
    table[place + 1] = piece.length
    table[place + 2] = Number(text.slice(space + 1, end))
    filled += piece.length
    start = end + 1
  }

  return {
    rankOf(bytes, start, end) {
      const place = placeOf(bytes, start, end)
      return table[place + 1] === 0 ? NO_RANK : (table[place + 2] ?? NO_RANK)
    },
  }
}

const LINES_AT_ONCE = 4_000
