// Undoes the content-encoding of a billed request's body, because what it may cost stands in it.

import { decodeWhole } from "@bot-bottle/model-apis"
import { packingsOf } from "../dlp/content-codings.ts"

export const MAX_BILLED_BODY = 64 * 1024 * 1024

export type DecodedBody =
  | { readonly outcome: "read"; readonly bytes: Uint8Array }
  | { readonly outcome: "too-large" }
  /** Not the encoding its header names. */
  | { readonly outcome: "unreadable" }

export async function decodeBody(
  bytes: Uint8Array,
  contentEncoding: string,
  maxBytes = MAX_BILLED_BODY,
): Promise<DecodedBody> {
  const packings = packingsOf(contentEncoding)
  if (packings === "") return { outcome: "read", bytes }
  // Clients pack a body once. Packed twice, the text in between could be of any size.
  if (packings === undefined || packings.includes(",")) return { outcome: "unreadable" }
  const decoded = await decodeWhole(bytes, packings, maxBytes)
  if (decoded.outcome === "too-large") return decoded
  return decoded.outcome === "intact" ? { outcome: "read", bytes: decoded.bytes } : { outcome: "unreadable" }
}
