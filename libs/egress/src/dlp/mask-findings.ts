// Writes over what was found, byte for byte, so that no length and no framing changes.
//
// An escape is left whole or taken whole: half of one would make the text around it mean
// something else, or nothing. Bytes of zero stay, for text of two bytes a character.

import type { Finding } from "./detector.ts"

/** In place. */
export function maskFindings(bytes: Uint8Array, findings: readonly Finding[]): void {
  for (const { start, end, mask } of findings) {
    const last = beforeOpenEscape(bytes, start, end)
    for (let at = afterOpenEscape(bytes, start); at < last; at++) if (bytes[at] !== 0) bytes[at] = mask
  }
}

/** Where the escape that `start` stands in ends: `\"`, `\u002f`, `%2F`. */
function afterOpenEscape(bytes: Uint8Array, start: number): number {
  for (let back = 1; back <= 5; back++) {
    const at = start - back
    if (bytes[at] === PERCENT) return back <= 2 ? at + 3 : start
    if (bytes[at] !== BACKSLASH || !opensEscape(bytes, at)) continue
    const length = bytes[at + 1] === LOWER_U ? 6 : bytes[at + 1] === LOWER_X ? 4 : 2
    return Math.max(start, at + length)
  }
  return start
}

/** A backslash at the very end would be taken from the character after it. */
function beforeOpenEscape(bytes: Uint8Array, start: number, end: number): number {
  for (let back = 1; back <= 5 && end - back >= start; back++) {
    const at = end - back
    if (bytes[at] === BACKSLASH && opensEscape(bytes, at)) {
      const length = bytes[at + 1] === LOWER_U ? 6 : bytes[at + 1] === LOWER_X ? 4 : 2
      return at + length > end ? at : end
    }
  }
  return end
}

/** A backslash that another one escapes opens nothing. */
function opensEscape(bytes: Uint8Array, at: number): boolean {
  let before = 0
  while (bytes[at - before - 1] === BACKSLASH) before++
  return before % 2 === 0
}

const BACKSLASH = 0x5c
const PERCENT = 0x25
const LOWER_U = 0x75
const LOWER_X = 0x78
