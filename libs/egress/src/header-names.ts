// Names of header lines that mean this hop only, and tokens of lists of names.

/** RFC 9110 §7.6.1, whether or not `Connection` names them. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
])

/** Lower-case tokens of a comma-separated list. */
export function listTokens(text: string): string[] {
  if (text === "") return []
  return text
    .split(",")
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== "")
}
