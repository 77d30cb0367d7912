// Reads the header lines of a request head: what names the host, what frames the body, and
// the lines that may be relayed. Part of INV-22: what could be read twice is refused.

import type { BodyFraming } from "./body-framing.ts"

export type HeaderFields =
  | {
      readonly kind: "fields"
      readonly host: string | undefined
      readonly body: BodyFraming
      /** Lines fit for the next hop: no Host, no Connection and nothing it names. */
      readonly relayed: readonly string[]
    }
  | { readonly kind: "malformed"; readonly detail: string }

/** Meant for this hop only (RFC 9110 §7.6.1), whether or not `Connection` names them. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
])

export function readHeaderFields(lines: readonly string[]): HeaderFields {
  const fields: { readonly name: string; readonly value: string; readonly line: string }[] = []
  for (const line of lines) {
    const [start, name] = FIELD_START.exec(line) ?? []
    if (start === undefined || name === undefined) return malformed("a header line is folded or has no valid name")
    fields.push({ name: name.toLowerCase(), value: line.slice(start.length).trim(), line })
  }
  const valuesOf = (wanted: string) => fields.filter(({ name }) => name === wanted).map(({ value }) => value)

  const hosts = valuesOf("host")
  if (hosts.length > 1) return malformed("Host stands twice")
  const body = readFraming(valuesOf("content-length"), valuesOf("transfer-encoding"))
  if (body.kind === "malformed") return body

  const named = new Set(listTokens(valuesOf("connection").join(",")))
  if (named.has("content-length") || named.has("transfer-encoding") || named.has("host"))
    return malformed("Connection names the header that frames or addresses the request")
  const relayed = fields.filter(({ name }) => name !== "host" && !HOP_BY_HOP.has(name) && !named.has(name))
  return { kind: "fields", host: hosts[0], body, relayed: relayed.map(({ line }) => line) }
}

/** Lower-case tokens of a comma-separated list. */
export function listTokens(text: string): string[] {
  if (text === "") return []
  return text
    .split(",")
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== "")
}

/** No space before the colon, none in front: both have been read as part of the name and as none. */
const FIELD_START = /^([A-Za-z!#$%&'*+.^_`|~0-9-]+):/

function readFraming(
  lengths: readonly string[],
  codings: readonly string[],
): BodyFraming | { readonly kind: "malformed"; readonly detail: string } {
  const [length] = lengths
  const [coding] = codings
  if (length !== undefined && coding !== undefined) return malformed("Content-Length and Transfer-Encoding together")
  if (lengths.length > 1) return malformed("Content-Length stands twice")
  if (codings.length > 1) return malformed("Transfer-Encoding stands twice")
  if (coding !== undefined)
    return coding.toLowerCase() === "chunked" ? { kind: "chunked" } : malformed("Transfer-Encoding is not `chunked`")
  if (length === undefined) return { kind: "none" }
  if (!/^\d{1,15}$/.test(length)) return malformed("Content-Length is not a number")
  return { kind: "length", bytes: Number(length) }
}

function malformed(detail: string): { readonly kind: "malformed"; readonly detail: string } {
  return { kind: "malformed", detail }
}
