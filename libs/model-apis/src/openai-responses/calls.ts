// Sorts the calls an OpenAI host answers: billed by its response, free, or refused. The Codex
// part of ChatGPT speaks the same API under another prefix.
//
// Refused is the rest: anything that writes and is not known to be harmless. Among it are calls
// that spend where no response here shows it (batches, fine-tuning, images, audio, realtime,
// vector stores, assistants, evals), ones that would hand out a key, and on ChatGPT all that is
// not Codex: the operator's own conversations are there.

export type CallKind = "billed" | "free" | "refused"

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"])
const BILLED_PLACES = new Set(["responses", "responses/compact"])

const FREE_TO_WRITE: readonly (readonly [methods: string, places: RegExp])[] = [
  ["POST", /^responses\/input_tokens$/],
  ["POST", /^responses\/[^/]+\/cancel$/],
  ["DELETE", /^responses\/[^/]+$/],
  ["POST DELETE", /^conversations(?:\/[^/]+){0,3}$/],
  ["POST", /^moderations$/],
  ["POST DELETE", /^files(?:\/[^/]+)?$/],
  ["POST", /^uploads(?:\/[^/]+){0,2}$/],
]

const CHATGPT = "/backend-api/"
const CHATGPT_CODEX = "/backend-api/codex/"
/** What Codex asks of ChatGPT besides, or tells it. */
const CHATGPT_READ =
  /^\/backend-api\/(?:codex\/|plugins(?:\/|$)|wham\/(?:accounts\/check|usage|config|settings|agent-identities)(?:\/|$))/
const CHATGPT_WRITE = /^\/backend-api\/codex\/analytics-events\//

export function decideCall(method: string, path: string): CallKind {
  const place = placeOf(path)
  const verb = method.toUpperCase()
  const isReading = READING_METHODS.has(verb)
  const inApi = placeInApi(place)
  if (verb === "POST" && inApi !== undefined && BILLED_PLACES.has(inApi)) return "billed"
  if (place.startsWith(CHATGPT)) return (isReading ? CHATGPT_READ : CHATGPT_WRITE).test(place) ? "free" : "refused"
  if (isReading) return "free"
  const isFree = FREE_TO_WRITE.some(([verbs, places]) => verbs.split(" ").includes(verb) && places.test(inApi ?? ""))
  return isFree ? "free" : "refused"
}

/** Where a WebSocket carries responses. */
export function isResponsesSocket(path: string): boolean {
  return placeInApi(placeOf(path)) === "responses"
}

function placeInApi(place: string): string | undefined {
  const prefix = ["/v1/", CHATGPT_CODEX].find((start) => place.startsWith(start))
  return prefix === undefined ? undefined : place.slice(prefix.length)
}

/** Without query, doubled or trailing slashes: forms a server may take for the same place. */
function placeOf(path: string): string {
  const place = path.replace(/[?#].*$/s, "").replace(/\/{2,}/g, "/")
  return place.length > 1 ? place.replace(/\/$/, "") : place
}
