// The way out for programs that ignore proxy variables: listens where they believe a listed
// host to be, and opens a tunnel for the name that the address stands for.
//
// No decision here: the host judges the tunnel, the server name in it and every request.

import type { Socket, TCPSocketListener } from "bun"
import { type NameTable, UNLISTED_ADDRESS } from "./names/name-table.ts"
import { attach, createLegs, type Leg, relayHandlers } from "./relay.ts"
import { openTunnel } from "./tunnel.ts"

export interface TransparentOptions {
  readonly egressSocket: string
  readonly names: NameTable
  /** Asked for in place of a name that only the program itself can say. */
  readonly unnamedHost: string
}

export interface Transparent {
  /** Throws when the port is taken. */
  listen(port: number): void
  /** A port that is taken is the agent's own, and is not missed. */
  listenWherePossible(ports: readonly number[]): void
  close(): void
}

/** A route table names a few; more would be somebody's mistake, and each is a socket. */
const MAX_PORTS = 64

export function createTransparent({ egressSocket, names, unnamedHost }: TransparentOptions): Transparent {
  const listeners = new Map<number, TCPSocketListener<Leg>>()
  /** Connections whose program has not said anything yet. */
  const silent = new WeakMap<Leg, string>()

  function accept(socket: Socket<Leg>): void {
    const name = socket.localAddress === UNLISTED_ADDRESS ? unnamedHost : names.nameOf(socket.localAddress)
    const { near } = createLegs()
    socket.data = near
    if (name === undefined) return void socket.terminate()
    silent.set(near, `${name}:${socket.localPort}`)
    attach(near, socket)
  }

  function receive(socket: Socket<Leg>, chunk: Uint8Array): void {
    const near = socket.data
    const authority = silent.get(near)
    const far = near.other
    relayHandlers.data(socket, chunk)
    if (authority === undefined || far === undefined) return
    silent.delete(near)
    void openTunnel(near, far, { egressSocket, authority, firstByte: chunk[0] })
  }

  function listen(port: number): void {
    if (listeners.has(port)) return
    const listener = Bun.listen<Leg>({
      hostname: "0.0.0.0",
      port,
      allowHalfOpen: true,
      socket: { ...relayHandlers, open: accept, data: receive, end: (socket) => endOf(socket, silent) },
    })
    listeners.set(port, listener)
  }

  return {
    listen,
    listenWherePossible(ports) {
      for (const port of ports) {
        if (listeners.size >= MAX_PORTS) return
        try {
          listen(port)
        } catch {
          // The agent listens there: its own server, in its own bottle.
        }
      }
    },
    close() {
      for (const listener of listeners.values()) listener.stop(true)
    },
  }
}

/** A program that leaves without a word has nobody to tell. */
function endOf(socket: Socket<Leg>, silent: WeakMap<Leg, string>): void {
  if (silent.has(socket.data)) socket.end()
  else relayHandlers.end(socket)
}
