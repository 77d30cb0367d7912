// Sends one renewal to a login's authority. It connects first, then says that it is about to send:
// only from there on is it unknown, without an answer, whether the refresh token is spent.

import { connect } from "node:tls"
import { createAnswerReader } from "./answer-reader.ts"

export interface AuthorityRequest {
  readonly host: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Dialling {
  /** Instead of asking DNS: `ip:port`. */
  readonly address: string | undefined
  /** PEM text of the roots it must chain to. */
  readonly roots: string
  readonly timeoutMs: number
}

export type AskResult =
  | { readonly outcome: "answered"; readonly status: number; readonly body: string }
  /** Nothing was sent. */
  | { readonly outcome: "unreachable"; readonly why: string }
  /** It was sent, and no answer can be read. */
  | { readonly outcome: "lost"; readonly why: string }

const HTTPS_PORT = 443

/** `onSending` throws: nothing is sent, and this throws as well. */
export async function askAuthority(
  request: AuthorityRequest,
  { address, roots, timeoutMs }: Dialling,
  onSending: () => void,
): Promise<AskResult> {
  const { promise, resolve, reject } = Promise.withResolvers<AskResult>()
  let isSent = false
  const fail = (why: string) => resolve({ outcome: isSent ? "lost" : "unreachable", why })
  const socket = connect({ ...placeOf(request.host, address), servername: request.host, ca: roots })
  const timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs)
  const reader = createAnswerReader()
  socket.once("secureConnect", () => {
    try {
      onSending()
    } catch (error) {
      reject(error)
      return
    }
    isSent = true
    socket.write(messageOf(request))
  })
  socket.on("data", (bytes: Buffer) => {
    const read = reader.push(bytes)
    if (read === "broken") fail("its answer is not HTTP")
    else if (read !== undefined) resolve({ outcome: "answered", ...read })
  })
  socket.on("error", (error) => fail(codeOf(error)))
  socket.on("close", () => {
    const read = reader.end()
    if (read === undefined) fail("the connection ended")
    else resolve({ outcome: "answered", ...read })
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function placeOf(host: string, address: string | undefined) {
  if (address === undefined) return { host, port: HTTPS_PORT }
  const colon = address.lastIndexOf(":")
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) }
}

function messageOf({ host, path, headers, body }: AuthorityRequest): string {
  const lines = Object.entries({ host, ...headers, accept: "application/json", connection: "close" })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  return `POST ${path} HTTP/1.1\r\n${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** The code, since a message may quote an address that says more than it should. */
function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.name
}
