// Writes an answer of the proxy's own as one HTTP/1.1 message.

import { joinHead } from "@bot-bottle/wire"
import type { Reply } from "./reply.ts"

export interface ReplyFraming {
  /** Of the request: HEAD has no body. */
  readonly method: string
  /** The connection ends with it. */
  readonly isLast: boolean
}

export function writeReply({ status, phrase, lines, body }: Reply, { method, isLast }: ReplyFraming): Uint8Array {
  let head = `HTTP/1.1 ${status} ${phrase}\r\n`
  for (const line of lines) head += `${line}\r\n`
  head += `content-length: ${body.length}\r\nconnection: ${isLast ? "close" : "keep-alive"}\r\n\r\n`
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  return joinHead(head, bytes, 0, method === "HEAD" ? 0 : body.length)
}

const FAILURE = "The proxy failed on this request."

/** Something in the proxy broke. The operator learns why; the agent, which is not trusted, does not. */
export const PROXY_FAILURE: Reply = {
  status: 502,
  phrase: "Bad Gateway",
  lines: ["content-type: application/json"],
  body: Buffer.from(`${JSON.stringify({ message: FAILURE, error: FAILURE })}\n`),
}
