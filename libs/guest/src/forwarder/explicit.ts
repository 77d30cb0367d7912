// The way out that proxy variables name: brings each connection to the proxy's socket, and joins
// requests for the bottle's own names to the bottle's own servers. Those never leave the bottle.

import { hostname } from "node:os"
import type { Socket, TCPSocketListener } from "bun"
import { type OwnTarget, readOwnTarget } from "./own-target.ts"
import { attach, closeLeg, createLegs, deliver, type Leg, relayHandlers } from "./relay.ts"

export interface ExplicitOptions {
  readonly port: number
  readonly egressSocket: string
}

/** As long a head as the proxy takes. */
const MAX_HEAD_BYTES = 16 * 1024
const LINE_END = 0x0a
const HEAD_END = "\r\n\r\n"

export function listenExplicitly({ port, egressSocket }: ExplicitOptions): TCPSocketListener<Leg> {
  /** Bytes of requests that cannot be told apart yet. */
  const heads = new WeakMap<Leg, Buffer>()

  function receive(socket: Socket<Leg>, chunk: Uint8Array): void {
    const near = socket.data
    const held = heads.get(near)
    if (held === undefined) {
      relayHandlers.data(socket, chunk)
      return
    }
    const head = Buffer.concat([held, chunk])
    heads.set(near, head)
    const isFull = head.length > MAX_HEAD_BYTES
    const line = readLine(head)
    if (line === undefined && !isFull) return
    const own = line === undefined ? undefined : readOwnTarget(line, hostname())
    if (own?.kind === "tunnel" && !isFull && head.indexOf(HEAD_END) === -1) return
    heads.delete(near)
    if (own === undefined) bringToProxy(near, head)
    else void join(near, own, head)
  }

  /** A client that leaves before its request can be read is the proxy's to answer. */
  function end(socket: Socket<Leg>): void {
    const held = heads.get(socket.data)
    heads.delete(socket.data)
    if (held !== undefined) bringToProxy(socket.data, held)
    relayHandlers.end(socket)
  }

  function bringToProxy(near: Leg, head: Uint8Array): void {
    const far = near.other
    if (far === undefined) return
    if (head.length > 0) deliver(far, head)
    const handlers = { ...relayHandlers, open: (socket: Socket<Leg>) => attach(far, socket) }
    Bun.connect<Leg>({ unix: egressSocket, data: far, allowHalfOpen: true, socket: handlers }).catch(() => {
      // The proxy is gone: the agent sees its connection close, and the launcher ends the bottle.
      closeLeg(far)
    })
  }

  return Bun.listen<Leg>({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    socket: {
      ...relayHandlers,
      open(socket) {
        const { near } = createLegs()
        socket.data = near
        heads.set(near, Buffer.alloc(0))
        attach(near, socket)
      },
      data: receive,
      end,
    },
  })
}

async function join(near: Leg, target: OwnTarget, head: Buffer): Promise<void> {
  const far = near.other
  if (far === undefined) return
  const { addresses, port } = target
  const isTunnel = target.kind === "tunnel"
  // Before anything else of the client's can come.
  const first = isTunnel ? head.subarray(head.indexOf(HEAD_END) + HEAD_END.length) : asOrigin(head, target)
  if (first.length > 0) deliver(far, first)
  const open = (socket: Socket<Leg>): void => {
    if (isTunnel) deliver(near, Buffer.from("HTTP/1.1 200 Connection Established\r\n\r\n"))
    attach(far, socket)
  }
  for (const address of addresses) {
    try {
      const socket = { ...relayHandlers, open }
      await Bun.connect<Leg>({ hostname: address, port, data: far, allowHalfOpen: true, socket })
      return
    } catch {
      // Nothing listens there: the next of its addresses, or the answer below.
    }
  }
  deliver(near, nothingListens(port))
  closeLeg(far)
}

/**
 * As the server itself would be asked, and for one request alone: the next on this connection may be for another
 * place. Ours comes first, so it counts whatever else the head says.
 */
function asOrigin(head: Buffer, { originForm }: OwnTarget): Uint8Array {
  const end = head.indexOf(LINE_END) + 1
  const [method = ""] = head.toString("latin1", 0, end).split(" ", 1)
  return Buffer.concat([Buffer.from(`${method} ${originForm} HTTP/1.1\r\nConnection: close\r\n`), head.subarray(end)])
}

/** The body is that of the proxy's refusals; nothing of the workspace can be imported inside a bottle. */
function nothingListens(port: number): Uint8Array {
  const reason = "upstream-unreachable"
  const message = `Nothing in this bottle listens on port ${port}.`
  const hint = "Start the server first."
  const body = `${JSON.stringify({ message, error: `${message} ${hint}`, bot_bottle_denied: { reason, message, hint } })}\n`
  return Buffer.from(
    `HTTP/1.1 502 Bad Gateway\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-bot-bottle-reason: ${reason}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function readLine(head: Buffer): string | undefined {
  const end = head.indexOf(LINE_END)
  return end === -1 ? undefined : head.toString("latin1", 0, end)
}
