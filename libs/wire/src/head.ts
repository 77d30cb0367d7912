// Reads whole heads of requests and answers: bytes in, what they say out, or why not.

import { type Fields, hasRefusedByte, readFields, TOO_MANY_LINES } from "./fields.ts"
import { type Framing, NO_BODY, readFraming, UNTIL_CLOSE } from "./framing.ts"

export interface RequestHead extends Fields {
  readonly kind: "request"
  readonly method: string
  /** As sent. */
  readonly target: string
  /** Of HTTP/1.x. */
  readonly minor: "0" | "1"
  readonly framing: Framing
  readonly wantsClose: boolean
}

export interface ResponseHead extends Fields {
  readonly kind: "response"
  readonly status: number
  /** As sent, without CRLF. */
  readonly startLine: string
  readonly minor: "0" | "1"
  readonly framing: Framing
  /** The connection may carry another request afterwards. */
  readonly persistent: boolean
}

export interface RefusedHead {
  readonly kind: "refused"
  /** The HTTP status: 400, 431 or 505 for a request, 502 for an answer. */
  readonly status: 400 | 431 | 502 | 505
  readonly detail: string
}

const REQUEST_LINE = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}) ([\x21-\x7e]+) HTTP\/1\.([01])\r\n/
/** Origin form, `*`, an absolute URL, or CONNECT's authority. Others are read by guesswork. */
const OTHER_TARGET = /^(?:\*$|https?:\/\/[A-Za-z0-9._:[\]-]+(?:[/?]|$)|[A-Za-z0-9._:[\]-]+:\d+$)/i
const OTHER_VERSION = /^\S+ \S+ HTTP\/(?:0|[2-9]|1\.(?![01]\b)|\d\d)/
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/
const SLASH = 47
const CLOSE_TOKEN = /(?:^|[,\s])close(?:$|[,\s])/
const KEEP_TOKEN = /(?:^|[,\s])keep-alive(?:$|[,\s])/

/** `bytes` from `from` to `to`: the start line and the header lines, each with its CRLF, without the empty line. */
export function readRequestHead(bytes: Buffer, from: number, to: number): RequestHead | RefusedHead {
  if (hasRefusedByte(bytes, from, to)) return refused(400, "the head has a bare CR or LF, or a control byte")
  const text = bytes.toString("latin1", from, to)
  const start = REQUEST_LINE.exec(text)
  if (start === null)
    return refused(OTHER_VERSION.test(text) ? 505 : 400, "the request line is not `METHOD target HTTP/1.1`")
  const target = start[2] as string
  if ((target.charCodeAt(0) !== SLASH && !OTHER_TARGET.test(target)) || target.includes("#"))
    return refused(400, "the target is not a path, an absolute URL or an authority")
  const fields = readFields(text, start[0].length)
  if (typeof fields === "string") return refused(fields === TOO_MANY_LINES ? 431 : 400, fields)
  const {
    names,
    lines,
    host,
    length,
    coding,
    connection,
    upgrade,
    expect,
    contentType,
    contentEncoding,
    keepAlive,
    lookalike,
  } = fields
  if (lookalike !== undefined) return refused(400, `\`${lookalike}\` is read as a framing header by some servers`)
  const framing = readFraming(fields, NO_BODY)
  if (typeof framing === "string") return refused(400, framing)
  const minor = start[3] as "0" | "1"
  if (minor === "0" && framing.kind === "chunked") return refused(400, "Transfer-Encoding in HTTP/1.0")
  if (minor === "1" && host === undefined) return refused(400, "no Host line")
  const wantsClose =
    connection === undefined
      ? minor === "0"
      : CLOSE_TOKEN.test(connection) || (minor === "0" && !KEEP_TOKEN.test(connection))
  return {
    kind: "request",
    method: start[1] as string,
    target,
    minor,
    framing,
    wantsClose,
    names,
    lines,
    host,
    length,
    coding,
    connection,
    upgrade,
    expect,
    contentType,
    contentEncoding,
    keepAlive,
    lookalike,
  }
}

/** `method`: of the request that it answers, which decides whether a body follows. */
export function readResponseHead(bytes: Buffer, from: number, to: number, method: string): ResponseHead | RefusedHead {
  if (hasRefusedByte(bytes, from, to)) return refused(502, "the answer's head has a bare CR or LF, or a control byte")
  const text = bytes.toString("latin1", from, to)
  const start = STATUS_LINE.exec(text)
  if (start === null) return refused(502, "the answer's status line is not HTTP/1.1")
  const fields = readFields(text, start[0].length)
  if (typeof fields === "string") return refused(502, `the answer has ${fields}`)
  const {
    names,
    lines,
    host,
    length,
    coding,
    connection,
    upgrade,
    expect,
    contentType,
    contentEncoding,
    keepAlive,
    lookalike,
  } = fields
  const minor = start[1] as "0" | "1"
  const status = Number(start[2])
  if (minor === "0" && coding !== undefined) return refused(502, "the answer has Transfer-Encoding in HTTP/1.0")
  // Read also where no body follows: an answer that contradicts itself is refused all the same.
  const said = readFraming(fields, UNTIL_CLOSE)
  if (typeof said === "string") return refused(502, `the answer has ${said}`)
  const isBodyless = status < 200 || status === 204 || status === 304 || method === "HEAD"
  const framing = isBodyless ? NO_BODY : said
  const staysOpen =
    connection === undefined
      ? minor === "1"
      : minor === "1"
        ? !CLOSE_TOKEN.test(connection)
        : KEEP_TOKEN.test(connection)
  return {
    kind: "response",
    status,
    startLine: start[0].slice(0, -2),
    minor,
    framing,
    persistent: framing.kind !== "close" && staysOpen,
    names,
    lines,
    host,
    length,
    coding,
    connection,
    upgrade,
    expect,
    contentType,
    contentEncoding,
    keepAlive,
    lookalike,
  }
}

function refused(status: RefusedHead["status"], detail: string): RefusedHead {
  return { kind: "refused", status, detail }
}
