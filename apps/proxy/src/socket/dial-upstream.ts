// Opens a WebSocket to a host's checked address, and hands back what the host made of it.
//
// The URL names the address, Host and SNI name the host, as for requests. What the host answers
// instead of a socket (426, 401, a redirect) is an answer like any other.
//
//   INV-54  Only a checked address is dialled, and its certificate must be the host's.

import { readFileSync } from "node:fs"
import type { IncomingMessage } from "node:http"
import { Readable } from "node:stream"
import { createSecureContext, type SecureContext } from "node:tls"
import type { Authority } from "@bot-bottle/contracts"
import type { WebSocket } from "ws-library"
import type { AddressBook, Endpoint } from "../upstream/address-book.ts"
import { readFailure } from "../upstream/read-failure.ts"
import { bracketed, hostHeader, type SendResult } from "../upstream/send.ts"
import { withoutHandshake } from "./handshake.ts"
import { MAX_MESSAGE_BYTES } from "./socket-end.ts"

export interface OutboundHandshake {
  /** Origin form: normal path and query. */
  readonly target: string
  readonly headers: Headers
  readonly protocols: readonly string[]
  readonly offersDeflate: boolean
  readonly signal: AbortSignal
}

export type DialResult =
  /** Paused: nothing it says is lost before somebody listens. `headers` are the answer's. */
  | { readonly outcome: "opened"; readonly socket: WebSocket; readonly headers: Headers; readonly protocol: string }
  | SendResult

export type DialUpstream = (handshake: OutboundHandshake) => Promise<DialResult>

export interface DialOptions {
  readonly authority: Authority
  readonly scheme: "https" | "http"
  readonly addresses: AddressBook
  readonly trust: Trust
}

/** Reads the roots once, when the first socket needs them: it takes longer than dialling. */
export type Trust = () => SecureContext

export function createTrust(rootsPath: string): Trust {
  let context: SecureContext | undefined
  return () => {
    context ??= createSecureContext({ ca: readFileSync(rootsPath) })
    return context
  }
}

export function createDial({ authority, scheme, addresses, trust }: DialOptions): DialUpstream {
  return async (handshake) => {
    const found = await addresses.find(authority)
    if (found.outcome === "refused") return { ...found, mayHaveLeft: false }
    const library = await import("ws-library")

    handshake.headers.set("host", hostHeader(authority, scheme))
    let result: DialResult = { outcome: "refused", reason: "upstream-unreachable", mayHaveLeft: false }
    for (const endpoint of found.endpoints) {
      if (handshake.signal.aborted) return { outcome: "aborted" }
      result = await dial(library.WebSocket, endpoint, handshake)
      if (result.outcome !== "refused" || result.reason === "upstream-tls") return result
    }
    return result
  }

  function dial(Socket: typeof WebSocket, endpoint: Endpoint, handshake: OutboundHandshake): Promise<DialResult> {
    const { target, protocols, offersDeflate } = handshake
    const tls =
      scheme === "https"
        ? { servername: authority.host, secureContext: trust(), rejectUnauthorized: true as const }
        : undefined
    const socket = new Socket(`${scheme === "https" ? "wss" : "ws"}://${bracketed(endpoint)}${target}`, protocols, {
      headers: Object.fromEntries(withoutHandshake(handshake.headers)),
      perMessageDeflate: offersDeflate,
      maxPayload: MAX_MESSAGE_BYTES,
      // Both ends of the relay are asked, not we.
      autoPong: false,
      followRedirects: false,
      ...tls,
    })
    return awaitAnswer(socket, handshake)
  }
}

function awaitAnswer(socket: WebSocket, { protocols, signal }: OutboundHandshake): Promise<DialResult> {
  const { promise, resolve } = Promise.withResolvers<DialResult>()
  let headers = new Headers()
  let choseNone = false
  const abort = (): void => {
    resolve({ outcome: "aborted" })
    socket.terminate()
  }
  signal.addEventListener("abort", abort)
  socket
    .on("upgrade", (response) => {
      headers = headersOf(response)
      // A server may take none of the protocols; whether to go on is the agent's choice, not the library's.
      choseNone = protocols.length > 0 && !headers.has("sec-websocket-protocol")
      if (choseNone) response.headers["sec-websocket-protocol"] = protocols[0]
    })
    .on("open", () => {
      socket.pause()
      resolve({ outcome: "opened", socket, headers, protocol: choseNone ? "" : socket.protocol })
    })
    .on("unexpected-response", (_, response) => {
      signal.addEventListener("abort", () => response.destroy())
      resolve(readAnswer(response))
    })
    .on("error", (error) => resolve(readFailure(error)))
    .on("close", () => resolve(readFailure(undefined)))
  return promise.finally(() => signal.removeEventListener("abort", abort))
}

function readAnswer(response: IncomingMessage): DialResult {
  const status = response.statusCode ?? 0
  if (status < 200 || status > 599) return readFailure(undefined)
  const hasBody = status !== 204 && status !== 304
  const body = hasBody ? (Readable.toWeb(response) as unknown as ReadableStream<Uint8Array>) : null
  return { outcome: "answered", response: new Response(body, { status, headers: headersOf(response) }) }
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "")
  return headers
}
