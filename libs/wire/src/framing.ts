// Decides where a message's body ends, from its header lines alone.
//
//   INV-22  A message that two parsers could frame or address differently is refused, not
//           repaired. Examples: two lengths, a length with chunks, two Hosts, a bare CR or LF,
//           a folded line.

import type { Fields, Malformed } from "./fields.ts"

export type Framing =
  /** `close`: the body ends with the connection. */
  | { readonly kind: "none" | "chunked" | "close"; readonly bytes: 0 }
  | { readonly kind: "length"; readonly bytes: number }

export const NO_BODY: Framing = { kind: "none", bytes: 0 }
export const CHUNKED: Framing = { kind: "chunked", bytes: 0 }
export const UNTIL_CLOSE: Framing = { kind: "close", bytes: 0 }

/** Below 2^53: sums stay exact. */
const LENGTH = /^\d{1,15}$/
/** `Connection` tells the next hop to drop these, and then the message would end elsewhere. */
const FRAMING_TOKEN = /(?:^|[,\s])(?:content-length|transfer-encoding|host)(?:$|[,\s])/

export function readFraming({ length, coding, connection }: Fields, otherwise: Framing): Framing | Malformed {
  if (length !== undefined && coding !== undefined) return "Content-Length and Transfer-Encoding together"
  if (connection !== undefined && FRAMING_TOKEN.test(connection))
    return "Connection names a header that frames or addresses the message"
  if (coding !== undefined)
    return coding.toLowerCase() === "chunked" ? CHUNKED : "a Transfer-Encoding other than `chunked`"
  if (length === undefined) return otherwise
  return LENGTH.test(length) ? { kind: "length", bytes: Number(length) } : "Content-Length is not a number"
}
