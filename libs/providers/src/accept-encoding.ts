// Chooses the `accept-encoding` a billed request leaves with.
//
// Streams go out asking for identity, whatever the client offered: a cutoff must be able to
// append its ending as plain bytes. Else the client's own offer, less what the meter cannot
// undo. Never more than the client offered: Codex, for one, offers nothing and decodes nothing.

import { DECODABLE_ENCODINGS } from "./body-decoder.ts"

/** `offered` is the client's header, undefined when it sent none. Always returns a value to set: Bun's `fetch` adds its own otherwise. */
export function chooseAcceptEncoding(offered: string | undefined, request: { readonly stream: boolean }): string {
  if (offered === undefined || request.stream) return "identity"
  const kept = offered
    .split(",")
    .map((part) => part.trim())
    .filter((part) => {
      const name = part.split(";")[0]?.trim().toLowerCase() ?? ""
      return DECODABLE_ENCODINGS.some((encoding) => encoding === name)
    })
  return kept.length === 0 ? "identity" : kept.join(", ")
}
