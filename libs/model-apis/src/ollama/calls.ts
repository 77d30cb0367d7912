// Sorts the calls of an Ollama server: billed by its answer, free, or refused.
//
// Refused is what makes the server itself fetch, send or change something (pull, push, create,
// copy, delete, blobs), and its imitation of other APIs under /v1: a route names one API, and
// that one is `chat-completions`.

export type CallKind = "billed" | "free" | "refused"

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"])
const BILLED = new Set(["/api/chat", "/api/generate", "/api/embed", "/api/embeddings"])
const FREE_TO_POST = new Set(["/api/show", "/api/me"])

export function decideCall(method: string, path: string): CallKind {
  const verb = method.toUpperCase()
  if (READING_METHODS.has(verb)) return "free"
  if (verb !== "POST") return "refused"
  const place = placeOf(path)
  if (BILLED.has(place)) return "billed"
  return FREE_TO_POST.has(place) ? "free" : "refused"
}

/** Without query, doubled or trailing slashes: forms a server may take for the same place. */
function placeOf(path: string): string {
  const place = path.replace(/[?#].*$/s, "").replace(/\/{2,}/g, "/")
  return place.length > 1 ? place.replace(/\/$/, "") : place
}
