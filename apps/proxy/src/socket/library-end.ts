// One end of a relayed socket, once its handshake is through: the agent's or the upstream's, which
// the same library speaks.

import type { WebSocket } from "ws-library"
import { BROKEN, NO_CODE, type SocketEnd, type SocketListener } from "./socket-end.ts"

/** More than this waiting for one side, and the other waits too. */
const HIGH_WATER_BYTES = 256 * 1024

/** `socket` is open, and has sent nothing yet that anybody read. */
export function createLibraryEnd(socket: WebSocket): SocketEnd {
  let isBehind = false
  let drained = (): void => {}
  const hasRoom = (): boolean => {
    isBehind ||= socket.bufferedAmount > HIGH_WATER_BYTES
    return !isBehind
  }
  const sent = (): void => {
    if (!isBehind || socket.bufferedAmount > HIGH_WATER_BYTES / 2) return
    isBehind = false
    drained()
  }
  return {
    listen(listener) {
      drained = listener.drained
      listenTo(socket, listener)
      socket.resume()
    },
    send(message) {
      socket.send(message, { binary: typeof message !== "string" }, sent)
      return hasRoom()
    },
    ping(data) {
      socket.ping(data, undefined, sent)
      return hasRoom()
    },
    pong: (data) => socket.pong(data, undefined, sent),
    close(code, reason) {
      // A paused socket would not see the answer to its close frame.
      socket.resume()
      if (code === BROKEN) socket.terminate()
      else if (code === NO_CODE) socket.close()
      else if (isSendable(code)) socket.close(code, reason)
      else socket.close(1002)
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  }
}

function listenTo(socket: WebSocket, listener: SocketListener): void {
  let failure: number | undefined
  socket
    .on("message", (data, isBinary) => listener.message(isBinary ? data : data.toString("utf8")))
    .on("ping", (data) => listener.ping(data))
    .on("pong", (data) => listener.pong(data))
    .on("error", ({ code = "" }) => {
      // `close` follows. An error of the other side has a code of its own, which only we know.
      failure = FAULTS.get(code)
    })
    .on("close", (code, reason) =>
      listener.closed(failure ?? code, failure === undefined ? reason.toString("utf8") : ""),
    )
}

/** Codes that may stand in a close frame; others in a frame are its sender's fault. */
function isSendable(code: number): boolean {
  return (code >= 1000 && code <= 1014 && code !== 1004) || (code >= 3000 && code <= 4999)
}

const FAULTS: ReadonlyMap<string, number> = new Map([
  ["WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", 1009],
  ["WS_ERR_INVALID_UTF8", 1007],
])
