// Reads a billed request's body whole, because what it may cost stands in it.

import { createBodyDecoder } from "@bot-bottle/providers"

export const MAX_BILLED_BODY = 64 * 1024 * 1024

export type BodyResult =
  | { readonly outcome: "read"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly outcome: "too-large" }
  /** Not the encoding its header names. */
  | { readonly outcome: "unreadable" }
  /** The client went away in the middle. */
  | { readonly outcome: "torn" }

/** Undoes the request's content-encoding; the caller drops that header. */
export async function readBody(request: Request, maxBytes = MAX_BILLED_BODY): Promise<BodyResult> {
  const raw = await readWhole(request, maxBytes)
  const encoding = request.headers.get("content-encoding") ?? ""
  return raw.outcome === "read" && encoding !== "" ? decodeWhole(raw.bytes, encoding, maxBytes) : raw
}

async function readWhole(request: Request, maxBytes: number): Promise<BodyResult> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return { outcome: "too-large" }
  if (request.body === null) return { outcome: "read", bytes: new Uint8Array(0) }

  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of request.body) {
      size += part.length
      if (size > maxBytes) return { outcome: "too-large" }
      parts.push(part)
    }
  } catch {
    return { outcome: "torn" }
  }
  return { outcome: "read", bytes: join(parts) }
}

async function decodeWhole(bytes: Uint8Array, encoding: string, maxBytes: number): Promise<BodyResult> {
  const parts: Uint8Array[] = []
  let size = 0
  const decoder = createBodyDecoder(encoding, (part) => {
    size += part.length
    // Past the limit parts are dropped as they come: a bomb costs time, not memory.
    if (size <= maxBytes) parts.push(part.slice())
  })
  decoder.push(bytes)
  const outcome = await decoder.finish()
  if (outcome !== "intact") return { outcome: "unreadable" }
  return size > maxBytes ? { outcome: "too-large" } : { outcome: "read", bytes: join(parts) }
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Bun.concatArrayBuffers(parts as Uint8Array<ArrayBuffer>[]))
}
