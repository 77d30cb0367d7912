// The launcher's end of its run's session socket: who joins the agent's terminal or follows its
// output, and the commands that are run beside it.
//
// The socket lies in the run's folder, which no bottle sees; whoever can open it is the operator.
//
//   INV-140  Nobody who joined holds the agent up or ends it: one that reads too slowly misses
//            output, one that leaves or dies is forgotten, and only the run's end ends the run.

import { chmodSync, rmSync } from "node:fs"
import { createLineReader, createLineWriter, type OutputStream } from "@bot-bottle/guest"
import { type Attachments, createAttachments } from "./attachments.ts"
import { type ClientMessage, MESSAGE_MAX, parseMessage } from "./messages.ts"
import type { Part, Peer, SessionSocketOptions } from "./peer.ts"
import { serveExec } from "./serve-exec.ts"

export interface SessionSocket {
  /** What the agent has just written. */
  output(bytes: Uint8Array, stream: OutputStream): void
  /** Whether somebody's terminal answers what the agent asks of its own. */
  isJoined(): boolean
  /** Tells everybody how the run ended, and closes. */
  end(exitCode: number, lines: readonly string[]): Promise<void>
}

interface Connection {
  readonly peer: Peer
  read(bytes: Uint8Array): void
  drain(): void
  /** The other end is gone. */
  gone(): void
  /** Everything said has been taken, or nobody takes it any more. */
  readonly closed: Promise<void>
}

/** How long the last words may take to be read. */
const LAST_WORDS_MS = 1_000

export function openSessionSocket(options: SessionSocketOptions): SessionSocket {
  const { path } = options
  const attachments = createAttachments(options)
  const connections = new Set<Connection>()
  // Left by a launcher that was killed; only one launcher drives a run.
  rmSync(path, { force: true })
  const listener = Bun.listen<Connection>({
    unix: path,
    socket: {
      open(socket) {
        socket.data = openConnection(options, attachments, socket)
        connections.add(socket.data)
      },
      data: (socket, bytes) => socket.data.read(bytes),
      drain: (socket) => socket.data.drain(),
      close(socket) {
        connections.delete(socket.data)
        socket.data.gone()
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
      await Promise.race([closed, Bun.sleep(LAST_WORDS_MS)])
      listener.stop(true)
      rmSync(path, { force: true })
    },
  }
}

function openConnection(
  options: SessionSocketOptions,
  attachments: Attachments,
  socket: Bun.Socket<Connection>,
): Connection {
  let part: Part | undefined
  let isClosing = false
  const closed = Promise.withResolvers<void>()
  const writer = createLineWriter((bytes) => socket.write(bytes))
  const endWhenTaken = () => {
    if (isClosing && writer.waitingBytes === 0) socket.end()
  }
  const peer: Peer = {
    send: (message) => {
      if (!isClosing) writer.write(JSON.stringify(message))
    },
    close() {
      isClosing = true
      endWhenTaken()
    },
    get waitingBytes() {
      return writer.waitingBytes
    },
  }
  const refuse = (message: string, hint: string): undefined => {
    peer.send({ kind: "refused", message, hint })
    peer.close()
    return undefined
  }
  const begin = (message: ClientMessage): Part | undefined => {
    if (message.kind === "attach") return attachments.take(peer, message.terminal, refuse)
    if (message.kind === "exec") return serveExec(options, peer, message, refuse)
    return refuse("the run's launcher does not know what was asked of it", "it may be of another version of bot-bottle")
  }
  const reader = createLineReader({
    maxLength: MESSAGE_MAX,
    onLine(line) {
      const message = parseMessage<ClientMessage>(line)
      if (message === undefined || isClosing) return
      if (part === undefined) part = begin(message)
      else part.hear(message)
    },
    onTooLong: () => peer.close(),
  })
  return {
    peer,
    read: reader.read,
    drain() {
      writer.drain()
      endWhenTaken()
      if (writer.waitingBytes === 0) part?.drained?.()
    },
    gone() {
      closed.resolve()
      part?.gone()
    },
    closed: closed.promise,
  }
}
