// An operator's end of a run's session socket.
//
// Nothing is asked of a launcher before it has named its protocol version.

import { join } from "node:path"
import {
  OperatorProblem,
  runFolders,
  type SessionInput,
  type SessionOutput,
  type SessionRequest,
  type Slug,
} from "@bot-bottle/contracts"
import {
  EXEC_CHUNK_BYTES,
  MAX_SESSION_MESSAGE,
  SESSION_PROTOCOL,
  SESSION_SOCKET,
  sessionHelloSchema,
  sessionOutputSchema,
} from "@bot-bottle/contracts/messages/session"
import { parseGreeting, parseMessage } from "@bot-bottle/contracts/messages/shapes/parse-message"
import { createLineReader, createLineWriter } from "@bot-bottle/guest"
import { createInbox } from "./inbox.ts"

export interface DialledSession extends Disposable {
  send(message: SessionInput): void
  /** Every message, in order. Ends when the launcher is gone; throws OperatorProblem for an invalid message. */
  readonly messages: AsyncIterable<SessionOutput>
}

/** `Omit` alone would merge the kinds of request into one. */
export type Unversioned<Request> = Request extends unknown ? Omit<Request, "protocol"> : never

/** A running launcher greets at once. */
const HELLO_TIMEOUT_MS = 5_000

/** Throws OperatorProblem when the run's launcher does not answer, or is of another version. */
export async function dialSession(
  root: string,
  slug: Slug,
  request: Unversioned<SessionRequest>,
): Promise<DialledSession> {
  const hello = Promise.withResolvers<"hello">()
  const inbox = createInbox<SessionOutput>()
  let hasGreeted = false
  const fail = (problem: string) => {
    const error = new OperatorProblem(`the launcher of run '${slug}' sent a message that cannot be read: ${problem}`, {
      hint: "use the version of bot-bottle that the run was started with",
    })
    hello.reject(error)
    inbox.fail(error)
  }
  const reader = createLineReader({
    maxLength: MAX_SESSION_MESSAGE,
    onLine(line) {
      if (!hasGreeted) {
        const greeting = parseGreeting(sessionHelloSchema, line, {
          maxLength: MAX_SESSION_MESSAGE,
          protocol: SESSION_PROTOCOL,
        })
        if (greeting.outcome === "invalid") return fail(greeting.problem)
        hasGreeted = true
        return hello.resolve("hello")
      }
      const parsed = parseMessage(sessionOutputSchema, line, { maxLength: MAX_SESSION_MESSAGE })
      if (parsed.outcome === "invalid") fail(parsed.problem)
      else inbox.put(parsed.message)
    },
    onTooLong: () => fail(`a message is longer than ${MAX_SESSION_MESSAGE} characters`),
  })
  const close = () => {
    hello.reject(silent(slug))
    inbox.end()
  }
  // Rejected without an await when the connection fails first.
  hello.promise.catch(() => {})
  const socket = await connect(root, slug, {
    data: (_socket, bytes) => reader.read(bytes),
    drain: () => writer.drain(),
    close,
    error: close,
  })
  const writer = createLineWriter((bytes) => socket.write(bytes))
  const timer = setTimeout(() => hello.reject(silent(slug)), HELLO_TIMEOUT_MS)
  try {
    await hello.promise
  } catch (error) {
    socket.end()
    throw error
  } finally {
    clearTimeout(timer)
  }
  const write = (message: SessionRequest | SessionInput) => writer.write(JSON.stringify(message))
  write({ ...request, protocol: SESSION_PROTOCOL })
  return { send: write, messages: inbox.messages, [Symbol.dispose]: () => void socket.end() }
}

/** In messages that the protocol allows, whatever its length. */
export function sendInput({ send }: Pick<DialledSession, "send">, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.byteLength; from += EXEC_CHUNK_BYTES) {
    const piece = Buffer.from(bytes.subarray(from, from + EXEC_CHUNK_BYTES))
    send({ kind: "input", data: piece.toString("base64") })
  }
}

async function connect(root: string, slug: Slug, socket: Bun.SocketHandler<undefined>): Promise<Bun.Socket<undefined>> {
  try {
    return await Bun.connect({ unix: join(runFolders(root, slug).state, SESSION_SOCKET), socket })
  } catch (cause) {
    throw silent(slug, cause)
  }
}

function silent(slug: Slug, cause?: unknown): OperatorProblem {
  return new OperatorProblem(`the launcher of run '${slug}' does not answer`, {
    hint: "it may be starting or ending, or of an older version of bot-bottle; see 'bot-bottle list'",
    cause,
  })
}
