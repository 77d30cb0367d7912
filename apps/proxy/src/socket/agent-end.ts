// Takes an agent's WebSocket handshake up, over the connection that it came by.
//
// Compression is declined. This hop is a socket of the same machine, and a compressed frame may
// become a thousand times its size before any limit sees it.

import type { AgentStream } from "../wire/agent/takeover.ts"
import { createLibraryEnd } from "./library-end.ts"
import { MAX_MESSAGE_BYTES, type SocketEnd } from "./socket-end.ts"

export interface Acceptance {
  /** The handshake's. */
  readonly key: string
  /** Of the answer, beside those that take the handshake up. */
  readonly lines: readonly string[]
}

/** Undefined when the agent has left. */
export async function acceptSocket(stream: AgentStream, { key, lines }: Acceptance): Promise<SocketEnd | undefined> {
  const { WebSocketServer } = await import("ws-library")
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    clientTracking: false,
  })
  server.on("headers", (answer) => void answer.push(...lines))
  const headers = { upgrade: "websocket", "sec-websocket-key": key, "sec-websocket-version": "13" }
  let end: SocketEnd | undefined
  server.handleUpgrade({ method: "GET", headers }, stream, Buffer.alloc(0), (socket) => {
    end = createLibraryEnd(socket)
  })
  return end
}
