// One end of many forwarded connections: sockets on this side, frames on the other.
//
// Each connection has a window of its own, so that one that nobody reads holds up no other, and
// neither end keeps more than a window of it.

import type { Socket } from "bun"
import { encodeFrame, type Frame, MAX_FRAME_BYTES } from "./frames.ts"

export interface ForwardedConnection {
  readonly id: number
  socket: Socket<ForwardedConnection> | undefined
  /** From the socket, not sent yet for want of room. */
  unsent: Uint8Array[]
  /** For the socket, which does not take it yet. */
  unwritten: Uint8Array[]
  room: number
  /** Of data that the far end may still send. */
  theirRoom: number
  hasEnded: boolean
  saidEnd: boolean
  theyEnded: boolean
}

export const FORWARD_WINDOW_BYTES = 256 * 1024

export interface MultiplexerOptions {
  send(bytes: Uint8Array): void
  /** The far end accepted a connection. Absent: it never may. */
  readonly onOpen?: (connection: ForwardedConnection) => void
  /** The far end broke the rules. */
  onInvalid(): void
}

export function createMultiplexer({ send, onOpen, onInvalid }: MultiplexerOptions) {
  const connections = new Map<number, ForwardedConnection>()
  let nextId = 1
  const add = (id: number): ForwardedConnection => {
    const connection: ForwardedConnection = {
      ...{ id, socket: undefined, unsent: [], unwritten: [], hasEnded: false, saidEnd: false, theyEnded: false },
      ...{ room: FORWARD_WINDOW_BYTES, theirRoom: FORWARD_WINDOW_BYTES },
    }
    connections.set(id, connection)
    return connection
  }
  const sendWhatFits = (connection: ForwardedConnection) => {
    const { id, socket } = connection
    while (connection.unsent.length > 0 && connection.room > 0) {
      const [first = new Uint8Array(), ...rest] = connection.unsent
      const piece = first.subarray(0, Math.min(connection.room, MAX_FRAME_BYTES))
      send(encodeFrame({ kind: "data", id, bytes: piece }))
      connection.room -= piece.byteLength
      connection.unsent = piece.byteLength === first.byteLength ? rest : [first.subarray(piece.byteLength), ...rest]
    }
    if (connection.unsent.length > 0) return void socket?.pause()
    socket?.resume()
    if (!connection.hasEnded || connection.saidEnd) return
    connection.saidEnd = true
    send(encodeFrame({ kind: "end", id }))
  }
  const writeWhatFits = (connection: ForwardedConnection) => {
    const { id, socket } = connection
    if (socket === undefined) return
    while (connection.unwritten.length > 0) {
      const [first = new Uint8Array(), ...rest] = connection.unwritten
      const written = Math.max(0, socket.write(first))
      if (written > 0) {
        connection.theirRoom += written
        send(encodeFrame({ kind: "room", id, count: written }))
      }
      connection.unwritten = written === first.byteLength ? rest : [first.subarray(written), ...rest]
      if (written < first.byteLength) return
    }
    if (connection.theyEnded) socket.shutdown()
  }
  const close = (connection: ForwardedConnection) => {
    if (!connections.delete(connection.id)) return
    send(encodeFrame({ kind: "closed", id: connection.id }))
  }

  const takeOf = (connection: ForwardedConnection, frame: Exclude<Frame, { kind: "open" }>) => {
    switch (frame.kind) {
      case "data":
        connection.theirRoom -= frame.bytes.byteLength
        if (connection.theirRoom < 0) return onInvalid()
        connection.unwritten.push(frame.bytes)
        return writeWhatFits(connection)
      case "end":
        connection.theyEnded = true
        return writeWhatFits(connection)
      case "closed":
        connections.delete(frame.id)
        return void connection.socket?.end()
      case "room":
        connection.room = Math.min(connection.room + frame.count, FORWARD_WINDOW_BYTES)
        return sendWhatFits(connection)
    }
  }

  return {
    /** A connection that this end accepted. */
    accept(socket: Socket<ForwardedConnection>): void {
      const connection = add(nextId++)
      connection.socket = socket
      socket.data = connection
      send(encodeFrame({ kind: "open", id: connection.id }))
    },
    /** For one that the far end accepted, once it has a socket here. */
    connected(connection: ForwardedConnection, socket: Socket<ForwardedConnection>): void {
      connection.socket = socket
      writeWhatFits(connection)
    },
    close,
    take(frame: Frame) {
      switch (frame.kind) {
        case "open":
          if (onOpen === undefined || connections.has(frame.id)) return onInvalid()
          return onOpen(add(frame.id))
        case "data":
        case "end":
        case "closed":
        case "room": {
          // Frames may still arrive of a connection that this end has closed.
          const connection = connections.get(frame.id)
          if (connection !== undefined) takeOf(connection, frame)
        }
      }
    },
    handlers: {
      data(socket, bytes) {
        socket.data.unsent.push(bytes.slice())
        sendWhatFits(socket.data)
      },
      drain: (socket) => writeWhatFits(socket.data),
      end(socket) {
        socket.data.hasEnded = true
        sendWhatFits(socket.data)
      },
      close: (socket) => close(socket.data),
      error: (socket) => close(socket.data),
    } satisfies Bun.SocketHandler<ForwardedConnection>,
    endAll(): void {
      for (const { socket } of connections.values()) socket?.end()
      connections.clear()
    },
  }
}
