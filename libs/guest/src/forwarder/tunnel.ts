// Opens a tunnel through the proxy for a program that does not know it needs one.
//
// The tunnel is asked for once the program has said its first bytes, which go along. So a program
// that only connects costs the proxy nothing, and a refusal can use the program's own protocol.

import type { Socket } from "bun"
import { attach, closeLeg, deliver, type Leg, relayHandlers } from "./relay.ts"

/** Record of a fatal alert, access_denied: what a TLS client shows instead of "connection reset". */
const TLS_REFUSAL = Uint8Array.of(0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x31)
const TLS_HANDSHAKE = 0x16
const ESTABLISHED = "HTTP/1.1 200 "
const HEAD_END = "\r\n\r\n"

export interface Tunnel {
  readonly egressSocket: string
  /** `host:port`, of the host's own spelling. */
  readonly authority: string
  readonly firstByte: number | undefined
}

/** Bytes in `far` follow the request. */
export async function openTunnel(near: Leg, far: Leg, { egressSocket, authority, firstByte }: Tunnel): Promise<void> {
  far.queue.writeFirst(Buffer.from(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`))
  const handlers = { ...relayHandlers, data: answerReader(near, firstByte === TLS_HANDSHAKE) }
  try {
    await Bun.connect<Leg>({
      unix: egressSocket,
      data: far,
      allowHalfOpen: true,
      socket: { ...handlers, open: (socket) => attach(far, socket) },
    })
  } catch {
    // The proxy is gone: the program sees its connection close, and the launcher ends the bottle.
    closeLeg(far)
  }
}

/** Keeps the answer to CONNECT from the program; what follows it is the program's. */
function answerReader(near: Leg, isTls: boolean): (socket: Socket<Leg>, chunk: Uint8Array) => void {
  let held = ""
  let state: "asking" | "open" | "refused" = "asking"

  return (socket, chunk) => {
    if (state === "open") return relayHandlers.data(socket, chunk)
    if (state === "refused") return
    held += Buffer.from(chunk).toString("latin1")
    if (!held.startsWith(ESTABLISHED.slice(0, held.length))) {
      // In plain HTTP the proxy's answer, reason and all, is one the program understands.
      state = isTls ? "refused" : "open"
      deliver(near, isTls ? TLS_REFUSAL : Buffer.from(held, "latin1"))
      return
    }
    const end = held.indexOf(HEAD_END)
    if (end === -1) return
    state = "open"
    const rest = Buffer.from(held.slice(end + HEAD_END.length), "latin1")
    if (rest.length > 0) deliver(near, rest)
  }
}
