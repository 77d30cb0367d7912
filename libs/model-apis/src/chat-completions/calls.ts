// Sorts the calls of a host that speaks Chat Completions: billed by its response, free, or refused.
//
// Gateways put the same two calls under prefixes of their own, so they are known by how the path
// ends. Everything else that writes is refused: it spends where no response here shows it
// (legacy completions, images, audio, batches, fine-tuning), or nobody here knows what it does.

export type CallKind = "billed" | "free" | "refused"

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"])
const BILLED = /\/(?:chat\/completions|embeddings)$/

export function decideCall(method: string, path: string): CallKind {
  const verb = method.toUpperCase()
  if (READING_METHODS.has(verb)) return "free"
  return verb === "POST" && BILLED.test(placeOf(path)) ? "billed" : "refused"
}

/** Without query, doubled or trailing slashes: forms a server may take for the same place. */
function placeOf(path: string): string {
  const place = path.replace(/[?#].*$/s, "").replace(/\/{2,}/g, "/")
  return place.length > 1 ? place.replace(/\/$/, "") : place
}
