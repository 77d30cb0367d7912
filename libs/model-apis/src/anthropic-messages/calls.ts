// Sorts the calls an Anthropic host answers: billed by its response, free, or refused.
//
// Refused is the rest: anything that writes and is not known to be harmless. Among it are
// calls that spend where no response here shows it (batches, remote sessions, triggers) and
// one that would hand a fresh key to the agent (`create_api_key`).

export type CallKind = "billed" | "free" | "refused"

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"])

const BILLED_PATHS = new Set(["/v1/messages"])

const FREE_PATHS = new Set(["/v1/messages/count_tokens", "/api/hello", "/api/claude_cli_feedback", "/v1/files"])

const FREE_FOLDERS = ["/v1/files/", "/api/event_logging/", "/api/claude_code/", "/api/claude_cli/", "/api/eval/"]

export function decideCall(method: string, path: string): CallKind {
  const place = canonicalPath(path)
  if (READING_METHODS.has(method.toUpperCase())) return "free"
  if (BILLED_PATHS.has(place)) return "billed"
  if (FREE_PATHS.has(place) || FREE_FOLDERS.some((folder) => place.startsWith(folder))) return "free"
  return "refused"
}

/** Without query, doubled or trailing slashes: forms a server may take for the same place. */
function canonicalPath(path: string): string {
  const place = path.replace(/[?#].*$/s, "").replace(/\/{2,}/g, "/")
  return place.length > 1 ? place.replace(/\/$/, "") : place
}
