// Reads one whole message with the codec, fed in pieces of any size: what tests compare with
// what the oracle says, and with what the same bytes gave whole.

import { BodyReader } from "../body-reader.ts"
import { type RequestHead, type ResponseHead, readRequestHead, readResponseHead } from "../head.ts"
import { findHeadEnd } from "../head-scan.ts"

export type Reading =
  | {
      readonly outcome: "message"
      readonly head: RequestHead | ResponseHead
      readonly body: Buffer
      readonly trailers: string
      readonly end: number
    }
  | { readonly outcome: "incomplete"; readonly head: RequestHead | ResponseHead | undefined; readonly body: Buffer }
  | { readonly outcome: "refused"; readonly status: number; readonly detail: string }

/** `method`: for an answer, of the request it answers. */
export function readMessage(
  bytes: Buffer,
  what: "request" | "response",
  pieceBytes = bytes.length,
  method = "GET",
): Reading {
  let held: Buffer = Buffer.alloc(0)
  let seen = 0
  let at = 0
  let head: RequestHead | ResponseHead | undefined
  let end = 0
  const nextPiece = (): Buffer => {
    const piece = bytes.subarray(at, at + Math.max(1, pieceBytes))
    at += piece.length
    return piece
  }
  while (head === undefined) {
    const found = held.length === 0 ? ({ kind: "incomplete" } as const) : findHeadEnd(held, 0, seen)
    if (found.kind === "refused") return { outcome: "refused", status: found.status, detail: found.detail }
    if (found.kind === "end") {
      const read =
        what === "request" ? readRequestHead(held, 0, found.at - 2) : readResponseHead(held, 0, found.at - 2, method)
      if (read.kind === "refused") return { outcome: "refused", status: read.status, detail: read.detail }
      head = read
      end = found.at
      break
    }
    if (at >= bytes.length) return { outcome: "incomplete", head: undefined, body: Buffer.alloc(0) }
    seen = held.length
    held = Buffer.concat([held, nextPiece()])
  }

  const parts: Buffer[] = []
  const reader = new BodyReader()
  reader.start(head.framing, (piece, from, to) => parts.push(Buffer.from(piece.subarray(from, to))))
  let used = end
  for (let piece = held.subarray(end); !reader.done; piece = nextPiece()) {
    used += reader.read(piece, 0)
    if (reader.failure !== undefined)
      return { outcome: "refused", status: what === "request" ? 400 : 502, detail: reader.failure }
    if (!reader.done && at >= bytes.length) break
  }
  const body = Buffer.concat(parts)
  if (!reader.done && !reader.endOfConnection()) return { outcome: "incomplete", head, body }
  return { outcome: "message", head, body, trailers: reader.trailers, end: used }
}
