// An agent's WebSocket through a tunnel: the npm package ws, so that not both ends of what is
// tested are Bun's.

import { within } from "@bot-bottle/testkit"
import type { WebSocket } from "ws-library"
import type { RawConnection } from "./raw-connection.ts"

export type SocketWords = string | Buffer

export interface SocketClient extends AsyncDisposable {
  readonly socket: WebSocket
  /** Headers of the answer. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Throws when the socket closed instead, or nothing comes. */
  next(): Promise<SocketWords>
  /** Resolves once closed; what had come is still there for `next`. Rejects when it stays open. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly pongs: readonly string[]
}

export interface RefusedHandshake {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface SocketClientOptions {
  readonly protocols?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly deflate?: boolean
}

/** `url` names the tunnel's host. */
export async function openSocketOver(
  connection: RawConnection,
  url: string,
  { protocols = [], headers = {}, deflate = true }: SocketClientOptions = {},
): Promise<SocketClient | RefusedHandshake> {
  const { WebSocket } = await import("ws-library")
  // Plain inside: TLS is the connection's, for wss and ws alike.
  const socket = new WebSocket(url.replace(/^wss:/, "ws:"), protocols, {
    headers: { host: new URL(url).host, ...headers },
    perMessageDeflate: deflate,
    createConnection: () => connection.socket.removeAllListeners("data"),
  })
  const answer = Promise.withResolvers<SocketClient | RefusedHandshake>()
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  const came: SocketWords[] = []
  const pongs: string[] = []
  let more = Promise.withResolvers<void>()
  let isClosed = false
  let answerHeaders: SocketClient["headers"] = {}
  const ring = (): void => {
    more.resolve()
    more = Promise.withResolvers()
  }

  const client: SocketClient = {
    socket,
    get headers() {
      return answerHeaders
    },
    pongs,
    get closed() {
      return within("a WebSocket to close", closed.promise)
    },
    async next() {
      for (;;) {
        const next = came.shift()
        if (next !== undefined) return next
        if (isClosed) throw new Error("the socket is closed")
        await within("a message on a WebSocket", more.promise)
      }
    },
    async [Symbol.asyncDispose]() {
      socket.terminate()
      await closed.promise
    },
  }
  socket
    .on("upgrade", (response) => {
      answerHeaders = response.headers
    })
    .on("open", () => answer.resolve(client))
    .on("message", (data, isBinary) => {
      came.push(isBinary ? data : data.toString("utf8"))
      ring()
    })
    .on("pong", (data) => {
      pongs.push(data.toString())
      ring()
    })
    .on("error", (error) => answer.reject(error))
    .on("close", (code, reason) => {
      isClosed = true
      closed.resolve({ code, reason: reason.toString() })
      ring()
    })
    .on("unexpected-response", async (_, response) => {
      let body = ""
      for await (const part of response) body += part
      answer.resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    })
  return await answer.promise
}
