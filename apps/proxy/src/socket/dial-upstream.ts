// Opens a WebSocket to a host's checked address, and hands back what the host made of it.
//
// The URL names the address, Host and SNI name the host, as for requests. An answer of the host
// instead of a socket (426, 401, a redirect) is passed on like any other.
//
//   INV-12  Only a checked address is dialled, and its certificate must be the host's.

import type { IncomingMessage } from "node:http"
import { checkServerIdentity, type PeerCertificate } from "node:tls"
import { formatAuthority } from "@bot-bottle/contracts"
import type { WebSocket } from "ws-library"
import type { Endpoint } from "../upstream/address-book.ts"
import { readFailure } from "../upstream/read-failure.ts"
import type { Unanswered } from "../wire/passage.ts"
import type { Place } from "../wire/place.ts"
import { withoutHandshake } from "./handshake.ts"
import { MAX_MESSAGE_BYTES } from "./socket-end.ts"

export interface OutboundHandshake {
  /** Origin form, with query. */
  readonly target: string
  readonly lines: readonly string[]
  readonly protocols: readonly string[]
  readonly offersDeflate: boolean
  readonly signal: AbortSignal
}

export type DialResult =
  /** Paused: nothing it says is lost before somebody listens. `lines` are the answer's. */
  | {
      readonly outcome: "opened"
      readonly socket: WebSocket
      readonly lines: readonly string[]
      readonly protocol: string
    }
  /** Something else than a socket: 426, 401, a redirect. */
  | { readonly outcome: "answered"; readonly answer: HandshakeAnswer }
  | { readonly outcome: "failed"; readonly why: Unanswered }

export interface HandshakeAnswer {
  readonly status: number
  readonly phrase: string
  readonly lines: readonly string[]
  readonly body: Buffer
}

const MAX_ANSWER_BYTES = 1024 * 1024
const UNREACHABLE: DialResult = failed({ kind: "not-dialled", reason: "upstream-unreachable", mayHaveLeft: false })

export async function dialSocket(place: Place, handshake: OutboundHandshake): Promise<DialResult> {
  const found = await place.findEndpoints()
  if (found.outcome === "refused") return failed({ kind: "not-dialled", reason: found.reason, mayHaveLeft: false })
  const library = await import("ws-library")
  let result = UNREACHABLE
  for (const endpoint of found.endpoints) {
    if (handshake.signal.aborted) return failed({ kind: "client", mayHaveLeft: false })
    result = await dial(place, library.WebSocket, endpoint, handshake)
    // Another address only where nothing of it can have left.
    if (result.outcome !== "failed" || result.why.kind !== "not-dialled" || result.why.reason === "upstream-tls")
      return result
  }
  return result
}

function dial(
  place: Place,
  Socket: typeof WebSocket,
  endpoint: Endpoint,
  handshake: OutboundHandshake,
): Promise<DialResult> {
  const { target, protocols, offersDeflate, lines } = handshake
  const tls =
    place.scheme === "https"
      ? {
          servername: place.host,
          secureContext: place.secureContext(),
          rejectUnauthorized: true as const,
          checkServerIdentity: checkName,
        }
      : undefined
  const socket = new Socket(
    `${place.scheme === "https" ? "wss" : "ws"}://${formatAuthority({ host: endpoint.address, port: endpoint.port })}${target}`,
    protocols,
    {
      headers: { ...recordOf(withoutHandshake(lines)), Host: place.name },
      perMessageDeflate: offersDeflate,
      maxPayload: MAX_MESSAGE_BYTES,
      // Both ends of the relay are asked, not we.
      autoPong: false,
      followRedirects: false,
      ...tls,
    },
  )
  return awaitAnswer(socket, handshake)
}

/** Node falls back to the common name where a certificate has no subject alternative name. */
function checkName(host: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname === undefined)
    return Object.assign(new Error("no subject alternative name"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" })
  return checkServerIdentity(host, certificate)
}

function recordOf(lines: readonly string[]): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {}
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(":"))
    const value = line.slice(line.indexOf(":") + 1).trim()
    const before = record[name]
    record[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return record
}

function awaitAnswer(socket: WebSocket, { protocols, signal }: OutboundHandshake): Promise<DialResult> {
  const { promise, resolve } = Promise.withResolvers<DialResult>()
  let lines: readonly string[] = []
  let choseNone = false
  const abort = (): void => {
    resolve(failed({ kind: "client", mayHaveLeft: true }))
    socket.terminate()
  }
  signal.addEventListener("abort", abort)
  socket
    .on("upgrade", (response) => {
      lines = linesOf(response)
      // A server may take none of the protocols; whether to continue is the agent's choice, not the
      // library's.
      choseNone = protocols.length > 0 && response.headers["sec-websocket-protocol"] === undefined
      if (choseNone) response.headers["sec-websocket-protocol"] = protocols[0]
    })
    .on("open", () => {
      socket.pause()
      resolve({ outcome: "opened", socket, lines, protocol: choseNone ? "" : socket.protocol })
    })
    .on("unexpected-response", (_, response) => {
      signal.addEventListener("abort", () => response.destroy())
      readAnswer(response).then(resolve, () => resolve(NO_ANSWER))
    })
    .on("error", (error) => resolve(readDialFailure(error)))
    .on("close", () => resolve(NO_ANSWER))
  return promise.finally(() => signal.removeEventListener("abort", abort))
}

const NO_ANSWER: DialResult = failed({
  kind: "no-answer",
  detail: "the upstream ended without an answer",
  mayHaveLeft: true,
})

function readDialFailure(error: unknown): DialResult {
  const { reason, mayHaveLeft } = readFailure(error)
  return mayHaveLeft ? NO_ANSWER : failed({ kind: "not-dialled", reason, mayHaveLeft: false })
}

async function readAnswer(response: IncomingMessage): Promise<DialResult> {
  const { statusCode: status = 0, statusMessage: phrase = "" } = response
  if (status < 200 || status > 599) return NO_ANSWER
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_ANSWER_BYTES) return NO_ANSWER
    parts.push(part)
  }
  return { outcome: "answered", answer: { status, phrase, lines: linesOf(response), body: Buffer.concat(parts) } }
}

function linesOf({ rawHeaders }: IncomingMessage): readonly string[] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1] ?? ""}`] : []))
}

function failed(why: Unanswered): DialResult {
  return { outcome: "failed", why }
}
