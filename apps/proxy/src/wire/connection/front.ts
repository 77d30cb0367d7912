// Listens where the bottle's forwarder connects. Being able to connect here is what makes a
// process part of this run; nothing it says can make it part of another.
//
//   INV-45  The socket exists only while this process can answer it: it is made last at the start and its
//           end is the end of all egress.
//
// Bounded: a bottle can open connections as fast as the host can take them, and a proxy that is out
// of descriptors does not answer its operator. A connection over the limit is closed unread.

import { chmodSync, rmSync } from "node:fs"
import { Connection, type ConnectionOptions } from "./connection.ts"

export interface Front {
  readonly connections: number
  /** Ends every tunnel that a cut does not leave to be answered. */
  cut(): void
  /** Ends every tunnel to a place that may not be reached any more. */
  recheck(): void
  stopAccepting(): void
  /** Ends each connection once what it was asked is answered. */
  leave(): void
  /** Resolves when every connection is over, or the time is. */
  emptied(timeoutMs: number): Promise<void>
  close(): void
}

export interface FrontOptions extends Omit<ConnectionOptions, "firstBytesMs"> {
  readonly path: string
  readonly firstBytesMs?: number
  readonly maxConnections?: number
}

/** Each may take two descriptors: this one and the upstream's. */
const MAX_CONNECTIONS = 4_096
const FIRST_BYTES_MS = 10_000
const SWEEP_MS = 1_000

export function openFront(options: FrontOptions): Front {
  const { path, reportFailure, firstBytesMs = FIRST_BYTES_MS, maxConnections = MAX_CONNECTIONS } = options
  // Left by a proxy that was killed; this run has one proxy at a time.
  rmSync(path, { force: true })
  const connections = new Set<Connection>()
  const empty = Promise.withResolvers<void>()
  const settings: ConnectionOptions = { ...options, firstBytesMs }
  let accepting = true

  const over = (connection: Connection): void => {
    connections.delete(connection)
    if (!accepting && connections.size === 0) empty.resolve()
  }
  const timer = setInterval(
    () => {
      const nowMs = performance.now()
      for (const connection of [...connections]) connection.overdue(nowMs)
    },
    Math.min(SWEEP_MS, firstBytesMs),
  )
  timer.unref()

  const listener = Bun.listen<Connection | undefined>({
    unix: path,
    // A client that has sent its request and says so may still read the answer.
    allowHalfOpen: true,
    socket: {
      open(socket) {
        if (connections.size >= maxConnections) {
          socket.terminate()
          return
        }
        socket.data = new Connection(socket, settings, over)
        connections.add(socket.data)
      },
      data: (socket, bytes) => socket.data?.receive(bytes as Buffer),
      drain: (socket) => socket.data?.drain(),
      end: (socket) => socket.data?.ended(),
      close: (socket) => socket.data?.closed(),
      error: (_, error) => reportFailure(error),
    },
  })
  // The guest's uid is not ours; the folder's mode decides who gets this far.
  chmodSync(path, 0o666)

  return {
    get connections() {
      return connections.size
    },
    cut() {
      for (const connection of [...connections]) connection.cut()
    },
    recheck() {
      for (const connection of [...connections]) connection.recheck()
    },
    stopAccepting() {
      accepting = false
      if (connections.size === 0) empty.resolve()
      listener.stop()
      rmSync(path, { force: true })
    },
    leave() {
      for (const connection of [...connections]) connection.leave()
    },
    emptied: (timeoutMs) => Promise.race([empty.promise, Bun.sleep(timeoutMs)]),
    close() {
      clearInterval(timer)
      for (const connection of [...connections]) connection.end()
      listener.stop(true)
      rmSync(path, { force: true })
    },
  }
}
