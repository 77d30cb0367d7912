// Listens where the bottle's forwarder connects. Being able to connect here is what makes a
// process part of this run; nothing it says can make it part of another.
//
//   INV-57  The socket exists only while this process can answer it: it is made last at the
//           start and its end is the end of all egress.
//
// Bounded: a bottle can open connections as fast as the host can take them, and a proxy that
// is out of descriptors does not hear its operator. What is over the limit is closed unread.

import { chmodSync, rmSync } from "node:fs"
import { type Connection, createConnection, type TunnelPolicy } from "./connection.ts"

export interface Front {
  readonly connections: number
  /** Ends every tunnel that a cut does not leave to be answered. */
  cut(): void
  /** Ends every tunnel to a place that may not be reached any more. */
  recheck(): void
  stopAccepting(): void
  /** Resolves when every connection is over, or the time is. */
  emptied(timeoutMs: number): Promise<void>
  close(): void
}

export interface FrontOptions {
  readonly path: string
  readonly tunnelPolicy: TunnelPolicy
  readonly reportFailure: (error: unknown) => void
  readonly timeoutMs?: number
  readonly maxConnections?: number
}

/** Each may take four descriptors: this one, both ends of the way to its inner server, the upstream's. */
const MAX_CONNECTIONS = 4_096

export function openFront(options: FrontOptions): Front {
  const { path, tunnelPolicy, reportFailure, timeoutMs, maxConnections = MAX_CONNECTIONS } = options
  // Left by a proxy that was killed; this run has one proxy at a time.
  rmSync(path, { force: true })
  const connections = new Set<Connection>()
  const empty = Promise.withResolvers<void>()
  let accepting = true

  const listener = Bun.listen<Connection | undefined>({
    unix: path,
    socket: {
      open(socket) {
        if (connections.size >= maxConnections) {
          socket.terminate()
          return
        }
        socket.data = createConnection(socket, tunnelPolicy, timeoutMs)
        connections.add(socket.data)
      },
      data: (socket, bytes) => socket.data?.receive(bytes),
      drain: (socket) => socket.data?.drain(),
      close(socket) {
        if (socket.data === undefined) return
        connections.delete(socket.data)
        socket.data.closed()
        if (!accepting && connections.size === 0) empty.resolve()
      },
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
    emptied: (timeoutMs) => Promise.race([empty.promise, Bun.sleep(timeoutMs)]),
    close() {
      listener.stop(true)
      rmSync(path, { force: true })
    },
  }
}
