// Finds where a head ends while its bytes arrive, and stops early when it cannot become one.
//
// Looks at each byte once, whatever the pieces: a client that sends one byte at a time must not
// cost the square of its head.

import { TOKEN } from "./token-bytes.ts"

export type HeadEnd =
  /** After the empty line. */
  | { readonly kind: "end"; readonly at: number }
  | { readonly kind: "incomplete" }
  | { readonly kind: "refused"; readonly status: 400 | 431; readonly detail: string }

export const MAX_HEAD_BYTES = 64 * 1024

const INCOMPLETE: HeadEnd = { kind: "incomplete" }
const CR = 13
const LF = 10

/** `seen`: how many bytes after `from` an earlier call has looked at. */
export function findHeadEnd(bytes: Buffer, from: number, seen: number): HeadEnd {
  const first = bytes[from]
  // RFC 9112 lets a server skip an empty line before a request; two parsers differ there.
  if (first === CR || first === LF) return { kind: "refused", status: 400, detail: "an empty line before the head" }
  if (seen === 0 && first !== undefined && TOKEN[first] === 0)
    return { kind: "refused", status: 400, detail: describeStart(first) }
  const end = bytes.indexOf("\r\n\r\n", from + Math.max(0, seen - 3), "latin1")
  if ((end === -1 ? bytes.length : end + 4) - from > MAX_HEAD_BYTES)
    return { kind: "refused", status: 431, detail: `the head is longer than ${MAX_HEAD_BYTES / 1024} KiB` }
  if (end !== -1) return { kind: "end", at: end + 4 }
  return hasBareLf(bytes, from, from + Math.max(0, seen - 1))
    ? { kind: "refused", status: 400, detail: "the head has a bare LF" }
    : INCOMPLETE
}

/** A client of another protocol sends no empty line: it would wait, and nobody would learn why. */
function describeStart(byte: number): string {
  if (byte === TLS_HANDSHAKE) return "it begins as TLS does, on a port for plain HTTP"
  if (byte === SOCKS_4 || byte === SOCKS_5) return "it begins as SOCKS does"
  return "its first byte begins no HTTP message"
}

const TLS_HANDSHAKE = 0x16
const SOCKS_4 = 4
const SOCKS_5 = 5

function hasBareLf(bytes: Buffer, start: number, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1))
    if (at === start || bytes[at - 1] !== CR) return true
  return false
}
