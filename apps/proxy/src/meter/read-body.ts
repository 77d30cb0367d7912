// Reads a billed request's body whole, because what it may cost stands in it.
//
// Bounded twice: one body, and all that are being read at once. An agent may open a thousand
// requests and never end one, and what is held of them is the host's memory, not its own.

import { decodeWhole } from "@bot-bottle/model-apis"

export const MAX_BILLED_BODY = 64 * 1024 * 1024
const MAX_HELD_BODIES = 512 * 1024 * 1024

export interface BodyLimits {
  readonly maxBytes?: number
  /** Of all bodies that this process is reading. */
  readonly maxHeldBytes?: number
}

/** This process serves one run, so one count. */
let heldBytes = 0

export type BodyResult =
  | { readonly outcome: "read"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly outcome: "too-large" }
  /** Not the encoding its header names. */
  | { readonly outcome: "unreadable" }
  /** The client went away in the middle. */
  | { readonly outcome: "torn" }

/** Undoes the request's content-encoding; the caller drops that header. */
export async function readBody(request: Request, limits: BodyLimits = {}): Promise<BodyResult> {
  const { maxBytes = MAX_BILLED_BODY, maxHeldBytes = MAX_HELD_BODIES } = limits
  const raw = await readWhole(request, maxBytes, maxHeldBytes)
  const encoding = request.headers.get("content-encoding") ?? ""
  return raw.outcome === "read" && encoding !== "" ? readDecoded(raw.bytes, encoding, maxBytes) : raw
}

async function readWhole(request: Request, maxBytes: number, maxHeldBytes: number): Promise<BodyResult> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return { outcome: "too-large" }
  if (request.body === null) return { outcome: "read", bytes: new Uint8Array(0) }

  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of request.body) {
      size += part.length
      heldBytes += part.length
      if (size > maxBytes || heldBytes > maxHeldBytes) return { outcome: "too-large" }
      parts.push(part)
    }
  } catch {
    return { outcome: "torn" }
  } finally {
    heldBytes -= size
  }
  return { outcome: "read", bytes: join(parts) }
}

async function readDecoded(bytes: Uint8Array, encoding: string, maxBytes: number): Promise<BodyResult> {
  // Clients pack a body once. Packed twice, the text in between could be of any size.
  if (encoding.includes(",")) return { outcome: "unreadable" }
  const decoded = await decodeWhole(bytes, encoding, maxBytes)
  if (decoded.outcome === "too-large") return decoded
  return decoded.outcome === "intact" ? { outcome: "read", bytes: decoded.bytes } : { outcome: "unreadable" }
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Bun.concatArrayBuffers(parts as Uint8Array<ArrayBuffer>[]))
}
