// The agent's end of a relayed socket: Bun's own WebSocket server, which bounds messages, joins
// fragments and answers pings.
//
// Compression is declined. This hop is a socket of the same machine, and a compressed frame may
// become a thousand times its size before any limit sees it.

import { BROKEN, MAX_MESSAGE_BYTES, type SocketEnd, type SocketListener } from "./socket-end.ts"

/** What hangs on the server's socket. */
export interface AgentSocket {
  open(socket: Bun.ServerWebSocket<AgentSocket>): void
  /** Not before `open`. */
  readonly listener: SocketListener
}

/** Throws until the server has made the socket: `open` comes first. */
export function createAgentEnd(): { readonly end: SocketEnd; readonly data: AgentSocket } {
  let socket: Bun.ServerWebSocket<AgentSocket> | undefined
  let listener: SocketListener | undefined
  const made = (): Bun.ServerWebSocket<AgentSocket> => {
    if (socket === undefined) throw new Error("The agent's socket is not open yet")
    return socket
  }
  return {
    data: {
      open(opened) {
        socket = opened
      },
      get listener() {
        if (listener === undefined) throw new Error("Nobody listens to the agent's socket")
        return listener
      },
    },
    end: {
      listen(told) {
        listener = told
      },
      send: (message) =>
        took(typeof message === "string" ? made().sendText(message) : made().sendBinary(view(message))),
      ping: (data) => took(made().ping(view(data))),
      pong: (data) => void made().pong(view(data)),
      close(code, reason) {
        // Bun takes NO_CODE for a close frame without one.
        if (code === BROKEN) made().terminate()
        else made().close(code, reason)
      },
      pause: () => made().pause(),
      resume: () => made().resume(),
    },
  }
}

export const AGENT_SOCKETS: Bun.WebSocketHandler<AgentSocket> = {
  open: (socket) => socket.data.open(socket),
  message: ({ data }, message) => data.listener.message(message),
  drain: ({ data }) => data.listener.drained(),
  ping: ({ data }, bytes) => data.listener.ping(bytes),
  pong: ({ data }, bytes) => data.listener.pong(bytes),
  close: ({ data }, code, reason) => data.listener.closed(code, reason),
  maxPayloadLength: MAX_MESSAGE_BYTES,
  // Nothing is sent to a socket that is behind; what is on its way may be one message of each kind.
  backpressureLimit: 4 * MAX_MESSAGE_BYTES,
  closeOnBackpressureLimit: true,
  perMessageDeflate: false,
  // An idle socket is the upstream's to close.
  idleTimeout: 0,
  sendPings: false,
}

/** Bun: -1 for what had to wait, 0 for what was dropped because the socket is closing. */
function took(status: number): boolean {
  return status !== -1
}

function view(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>
}
