// Relays bytes between a loopback connection and the proxy's socket, both ways, unread.
//
//   INV-8  While bytes wait for one end, reads from the other are paused.

import type { Socket } from "bun"
import { createSocketQueue, type SocketQueue } from "./socket-queue.ts"

/** One direction's far end, with what it has not taken yet. */
export interface Leg {
  socket: Socket<Leg> | undefined
  other: Leg | undefined
  readonly queue: SocketQueue
  /** The source has said its last byte. */
  finished: boolean
  closed: boolean
}

export function createLegs(): { near: Leg; far: Leg } {
  const [near, far] = [createLeg(), createLeg()]
  near.other = far
  far.other = near
  return { near, far }
}

function createLeg(): Leg {
  const queue = createSocketQueue((bytes) => Math.max(0, leg.socket?.write(bytes) ?? 0))
  const leg: Leg = { socket: undefined, other: undefined, queue, finished: false, closed: false }
  return leg
}

/** Shared by both ends; each socket's `data` is its own leg. */
export const relayHandlers = {
  data(socket: Socket<Leg>, chunk: Uint8Array): void {
    if (socket.data.other !== undefined) deliver(socket.data.other, chunk)
  },
  drain(socket: Socket<Leg>): void {
    flush(socket.data)
  },
  end(socket: Socket<Leg>): void {
    if (socket.data.other !== undefined) finish(socket.data.other)
  },
  close(socket: Socket<Leg>): void {
    closeLeg(socket.data)
  },
  error(socket: Socket<Leg>): void {
    closeLeg(socket.data)
  },
} as const

/** Binds a socket to its leg and sends what waited for it. */
export function attach(leg: Leg, socket: Socket<Leg>): void {
  leg.socket = socket
  if (leg.closed) socket.terminate()
  else flush(leg)
}

export function closeLeg(leg: Leg): void {
  if (leg.closed) return
  leg.closed = true
  leg.queue.clear()
  const other = leg.other
  if (other === undefined || other.closed) return
  // The other side first gets the bytes that still wait for it, and then the end of the stream.
  finish(other)
}

/** Bytes for a leg, in order with what it holds; its source is paused while they wait. */
export function deliver(leg: Leg, chunk: Uint8Array): void {
  if (leg.closed) return
  leg.queue.write(chunk)
  if (leg.queue.waitingBytes > 0) leg.other?.socket?.pause()
}

function flush(leg: Leg): void {
  const { socket, queue } = leg
  if (socket === undefined || leg.closed) return
  queue.drain()
  if (queue.waitingBytes > 0) return
  leg.other?.socket?.resume()
  if (leg.finished) finish(leg)
}

function finish(leg: Leg): void {
  leg.finished = true
  if (leg.closed || leg.socket === undefined || leg.queue.waitingBytes > 0) return
  if (leg.other === undefined || leg.other.closed) leg.socket.end()
  else leg.socket.shutdown()
}
