// The launcher's end of its run's session socket: clients attach to the agent's terminal, follow
// its output, or run a command beside it.
//
// The socket lies in the run's folder, which no bottle sees, and only the operator can open it.
// A client may still be another build, so every message is parsed and bounded.
//
//   No client holds the agent up or ends it: a slow reader misses output, a client that leaves, dies or
//   breaks the protocol is closed, and the others do not notice.

import { chmodSync, rmSync } from "node:fs"
import type { OutputStream } from "@bot-bottle/contracts"
import { type Attachments, createAttachments } from "./attachments.ts"
import { type Connection, openConnection } from "./connection.ts"
import type { SessionSocketOptions } from "./peer.ts"
import { serveExec } from "./serve-exec.ts"

export interface SessionSocket {
  /** New output of the agent. */
  output(bytes: Uint8Array, stream: OutputStream): void
  /** Whether an attached terminal answers the agent's questions to its terminal. */
  isJoined(): boolean
  /** Tells every client how the run ended, and closes. */
  end(exitCode: number, lines: readonly string[]): Promise<void>
}

/** Time for clients to read how the run ended. */
const LAST_MESSAGE_MS = 1_000

export function openSessionSocket(options: SessionSocketOptions): SessionSocket {
  const { path } = options
  const attachments: Attachments = createAttachments(options)
  const connections = new Set<Connection>()
  const forget = (connection: Connection | undefined) => {
    if (connection === undefined || !connections.delete(connection)) return
    connection.gone()
  }
  // A launcher that was killed may have left one. Only one launcher drives a run.
  rmSync(path, { force: true })
  const listener = Bun.listen<Connection | undefined>({
    unix: path,
    socket: {
      open(socket) {
        const connection = openConnection(socket, options.slug, (request, peer, refuse) =>
          request.kind === "attach"
            ? attachments.add(peer, request.terminal, refuse)
            : serveExec(options, peer, request, refuse),
        )
        socket.data = connection
        connections.add(connection)
      },
      data: (socket, bytes) => socket.data?.read(bytes),
      drain: (socket) => socket.data?.drain(),
      close: (socket) => forget(socket.data),
      // Without this handler Bun reports an exception of the handlers above for the whole process.
      error(socket) {
        forget(socket.data)
        socket.terminate()
      },
    },
  })
  chmodSync(path, 0o600)
  return {
    output: attachments.output,
    isJoined: attachments.isJoined,
    async end(exitCode, lines) {
      attachments.end(exitCode, lines)
      for (const { peer } of connections) peer.close()
      const closed = Promise.all([...connections].map((connection) => connection.closed))
      await Promise.race([closed, Bun.sleep(LAST_MESSAGE_MS)])
      listener.stop(true)
      rmSync(path, { force: true })
    },
  }
}
