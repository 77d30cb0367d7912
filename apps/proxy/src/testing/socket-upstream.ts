// A host on loopback that speaks WebSocket, and shows what it was asked and told.

import { createServer as createPlainServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { within } from "@bot-bottle/testkit"
import type { WebSocket } from "ws-library"
import { createTestCa, type TestCa } from "./upstream.ts"

export interface SocketUpstream extends AsyncDisposable {
  readonly address: string
  readonly caPem: string
  /** Every handshake. */
  readonly seen: readonly { readonly target: string; readonly headers: IncomingHttpHeaders }[]
  /** How each socket ended. */
  readonly ended: readonly { readonly code: number; readonly reason: string }[]
  /** The next socket that opens. */
  accepted(): Promise<WebSocket>
}

export interface SocketUpstreamOptions {
  readonly host?: string
  /** Of its certificate, when another than `host`'s. */
  readonly ca?: TestCa
  readonly scheme?: "https" | "http"
  /** A whole HTTP answer in place of a socket, a character a byte. */
  readonly refuse?: (request: IncomingMessage) => string | undefined
  readonly onSocket?: (socket: WebSocket) => void
  readonly headers?: readonly string[]
  readonly protocol?: string
}

export async function startSocketUpstream(options: SocketUpstreamOptions = {}): Promise<SocketUpstream> {
  const { host = "api.example.com", ca = createTestCa(), scheme = "https", refuse, onSocket, headers = [] } = options
  const { WebSocketServer } = await import("ws-library")
  const { protocol } = options
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: { threshold: 0 },
    autoPong: false,
    handleProtocols: () => protocol ?? false,
  })
  sockets.on("headers", (lines) => lines.push(...headers))
  const seen: { target: string; headers: IncomingHttpHeaders }[] = []
  const ended: { code: number; reason: string }[] = []
  const opened: WebSocket[] = []
  const connections = new Set<Socket>()
  let more = Promise.withResolvers<void>()

  const server = scheme === "https" ? createServer(ca.mint(host)) : createPlainServer()
  server.on("connection", (socket: Socket) => {
    connections.add(socket)
    socket.on("error", () => {})
  })
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    seen.push({ target: request.url ?? "", headers: request.headers })
    const refusal = refuse?.(request)
    if (refusal !== undefined) {
      socket.end(Buffer.from(refusal, "latin1"))
      return
    }
    sockets.handleUpgrade(request, socket, head, (made) => {
      made.on("close", (code, reason) => ended.push({ code, reason: reason.toString() })).on("error", () => {})
      onSocket?.(made)
      opened.push(made)
      more.resolve()
      more = Promise.withResolvers()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: ca.pem,
    seen,
    ended,
    async accepted() {
      for (;;) {
        const next = opened.shift()
        if (next !== undefined) return next
        await within("a WebSocket to open at the upstream", more.promise)
      }
    },
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.destroy()
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      await closed.promise
    },
  }
}

/** For `onSocket`: says everything back. */
export function echo(socket: WebSocket): void {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }))
}
