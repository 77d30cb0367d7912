// Reads the head of a proxy request: CONNECT, or absolute-form plain HTTP. Pure.
//
// Called with the bytes so far; a prefix that can no longer become a request is refused at
// once. Stricter than HTTP asks, because another parser reads an absolute-form request after
// us: it gets the head we understood, rewritten, not the one we were sent.
//
//   INV-22  A head that two parsers could read differently is refused: bare LF, folded lines,
//           control bytes, userinfo, two Hosts, a Host that is not the target's, two lengths.

import { type Authority, parseAuthority } from "@bot-bottle/contracts"
import type { BodyFraming } from "./body-framing.ts"
import { readHeaderFields } from "./header-fields.ts"

export type RequestHead =
  | { readonly kind: "incomplete" }
  | { readonly kind: "malformed"; readonly detail: string }
  /** `length`: bytes of the head; what follows belongs to the tunnel. `authority` has been parsed, not judged. */
  | { readonly kind: "connect"; readonly authority: string; readonly length: number }
  | {
      readonly kind: "absolute"
      readonly method: string
      readonly authority: string
      /** Origin form, with query. */
      readonly target: string
      readonly length: number
      /** The head to relay instead: origin form, canonical Host, `connection: close`, nothing hop-by-hop. */
      readonly relayHead: Uint8Array
      readonly body: BodyFraming
    }

const MAX_HEAD = 16 * 1024

export function readRequestHead(bytes: Uint8Array): RequestHead {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_HEAD)).toString("latin1")
  const end = text.indexOf("\r\n\r\n")
  const head = end === -1 ? text : text.slice(0, end + 2)
  if (BROKEN_LINE.test(head)) return malformed("head has a bare CR or LF, a control byte, or a byte outside ASCII")
  if (end === -1 && bytes.length >= MAX_HEAD) return malformed("head is longer than 16 KiB")
  if (end === -1) return text.startsWith("\r") ? malformed("head begins with an empty line") : { kind: "incomplete" }

  const [requestLine = "", ...lines] = head.slice(0, -2).split("\r\n")
  const [, method, target, version] = REQUEST_LINE.exec(requestLine) ?? []
  if (method === undefined || target === undefined || version === undefined)
    return malformed("request line is not `METHOD target HTTP/1.1`")

  const fields = readHeaderFields(lines)
  if (fields.kind === "malformed") return fields
  const length = end + 4
  if (method === "CONNECT") return readConnect(target, fields.body, length)
  if (version !== "1.1") return malformed("only CONNECT may be HTTP/1.0")
  return readAbsolute({ method, target, length, ...fields })
}

/** A CR may end the text: its LF has not arrived yet. */
const BROKEN_LINE = /\r(?!\n|$)|(?<!\r)\n|[^\t\r\n\x20-\x7e]/
const REQUEST_LINE = /^([A-Za-z!#$%&'*+.^_`|~0-9-]+) ([\x21-\x7e]+) HTTP\/(1\.[01])$/
const ABSOLUTE_TARGET = /^http:\/\/([^/?#]*)([^#]*)$/i

function readConnect(authority: string, body: BodyFraming, length: number): RequestHead {
  const parsed = parseAuthority(authority, 443)
  if (parsed.kind === "malformed") return parsed
  if (body.kind === "chunked" || (body.kind === "length" && body.bytes > 0)) return malformed("CONNECT has a body")
  return { kind: "connect", authority, length }
}

interface AbsoluteHead {
  readonly method: string
  readonly target: string
  readonly length: number
  readonly host: string | undefined
  readonly relayed: readonly string[]
  readonly body: BodyFraming
}

function readAbsolute({ method, target, length, host, relayed, body }: AbsoluteHead): RequestHead {
  const [, authority, rest = ""] = ABSOLUTE_TARGET.exec(target) ?? []
  if (authority === undefined) return malformed("target is not an absolute http: URL; https needs CONNECT")
  const parsed = parseAuthority(authority, 80)
  if (parsed.kind === "malformed") return parsed
  if (rest.includes("\\")) return malformed("target has a backslash")

  const named = host === undefined ? undefined : parseAuthority(host, 80)
  if (named === undefined) return malformed("Host is missing")
  if (named.kind === "malformed") return malformed(`Host is malformed: ${named.detail}`)
  if (named.host !== parsed.host || named.port !== parsed.port) return malformed("Host is not the target's host")

  const originForm = rest.startsWith("/") ? rest : `/${rest}`
  const lines = [`${method} ${originForm} HTTP/1.1`, `host: ${formatHost(parsed)}`, ...relayed, "connection: close"]
  const relayHead = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1")
  return { kind: "absolute", method, authority, target: originForm, length, relayHead, body }
}

function formatHost({ host, port }: Authority): string {
  const hostText = host.includes(":") ? `[${host}]` : host
  return port === 80 ? hostText : `${hostText}:${port}`
}

function malformed(detail: string): RequestHead {
  return { kind: "malformed", detail }
}
