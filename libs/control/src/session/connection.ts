// One connection to the session socket: greets, reads the client's messages, and closes a client
// that breaks the protocol.

import type { Parsed, SessionHello, SessionOutput, SessionRequest } from "@bot-bottle/contracts"
import {
  MAX_SESSION_MESSAGE,
  SESSION_PROTOCOL,
  sessionInputSchema,
  sessionRequestSchema,
} from "@bot-bottle/contracts/messages/session"
import { parseGreeting, parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { createLineReader, createLineWriter } from "@bot-bottle/guest"
import type { Part, Peer, Refuse } from "./peer.ts"

export interface Connection {
  readonly peer: Peer
  read(bytes: Uint8Array): void
  drain(): void
  /** The client is gone. */
  gone(): void
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
}

/** A client that does not read what it was sent last is cut off after this time. */
const CLOSE_TIMEOUT_MS = 1_000

export function openConnection(
  socket: Pick<Bun.Socket<unknown>, "write" | "end" | "terminate" | "pause" | "resume">,
  slug: string,
  begin: (request: SessionRequest, peer: Peer, refuse: Refuse) => Part | undefined,
): Connection {
  let part: Part | undefined
  let isClosing = false
  const closed = Promise.withResolvers<void>()
  const writer = createLineWriter((bytes) => socket.write(bytes))
  const send = (message: SessionOutput | SessionHello) => {
    if (!isClosing) writer.write(JSON.stringify(message))
  }
  const endWhenTaken = () => {
    if (isClosing && writer.waitingBytes === 0) socket.end()
  }
  const peer: Peer = {
    send,
    close() {
      if (isClosing) return
      isClosing = true
      endWhenTaken()
      const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS)
      timer.unref()
      void closed.promise.then(() => clearTimeout(timer))
    },
    holdUntil(settled) {
      socket.pause()
      void settled.catch(() => {}).then(() => socket.resume())
    },
    get waitingBytes() {
      return writer.waitingBytes
    },
  }
  const refuse: Refuse = (message, hint) => {
    send({ kind: "refused", message, hint })
    peer.close()
    return undefined
  }
  const refuseMessage = (problem: string) =>
    refuse(
      `the launcher of run '${slug}' cannot read the request: ${problem}`,
      "use the version of bot-bottle that the run was started with",
    )
  const accept = <Message>(parsed: Parsed<Message>, use: (message: Message) => void) => {
    if (parsed.outcome === "invalid") refuseMessage(parsed.problem)
    else use(parsed.message)
  }
  const reader = createLineReader({
    maxLength: MAX_SESSION_MESSAGE,
    onLine(line) {
      if (isClosing) return
      if (part === undefined) accept(parseGreeting(sessionRequestSchema, line, GREETING), start)
      else accept(parseMessage(sessionInputSchema, line, { maxLength: MAX_SESSION_MESSAGE }), part.onMessage)
    },
    onTooLong: () => refuseMessage(`it is longer than ${MAX_SESSION_MESSAGE} characters`),
  })
  const start = (request: SessionRequest) => {
    part = begin(request, peer, refuse)
  }
  send({ kind: "hello", protocol: SESSION_PROTOCOL })
  return {
    peer,
    read: reader.read,
    drain() {
      writer.drain()
      endWhenTaken()
      if (writer.waitingBytes === 0) part?.drained?.()
    },
    gone() {
      isClosing = true
      closed.resolve()
      part?.gone()
    },
    closed: closed.promise,
  }
}

const GREETING = { maxLength: MAX_SESSION_MESSAGE, protocol: SESSION_PROTOCOL }
