// An operator's end of a run's session socket.

import { join } from "node:path"
import { OperatorProblem, runFolders, type Slug } from "@bot-bottle/contracts"
import { createLineReader, createLineWriter } from "@bot-bottle/guest"
import { type ClientMessage, type LauncherMessage, MESSAGE_MAX, parseMessage, SESSION_SOCKET } from "./messages.ts"

export interface DialledSession extends Disposable {
  send(message: ClientMessage): void
  /** Every message, in order; ends when the launcher is gone. */
  readonly messages: AsyncIterable<LauncherMessage>
}

/** Throws OperatorProblem when the run's launcher does not answer. */
export async function dialSession(root: string, slug: Slug, first: ClientMessage): Promise<DialledSession> {
  const inbox = createInbox()
  const reader = createLineReader({
    maxLength: MESSAGE_MAX,
    onLine(line) {
      const message = parseMessage<LauncherMessage>(line)
      if (message !== undefined) inbox.put(message)
    },
    onTooLong: inbox.end,
  })
  const socket = await connect(root, slug, {
    data: (_socket, bytes) => reader.read(bytes),
    drain: () => writer.drain(),
    close: inbox.end,
    error: inbox.end,
  })
  const writer = createLineWriter((bytes) => socket.write(bytes))
  const send = (message: ClientMessage) => writer.write(JSON.stringify(message))
  send(first)
  return { send, messages: inbox.messages, [Symbol.dispose]: () => void socket.end() }
}

async function connect(root: string, slug: Slug, socket: Bun.SocketHandler<undefined>): Promise<Bun.Socket<undefined>> {
  try {
    return await Bun.connect({ unix: join(runFolders(root, slug).state, SESSION_SOCKET), socket })
  } catch (cause) {
    throw new OperatorProblem(`the launcher of run '${slug}' does not answer`, {
      hint: "it may be starting or ending, or of an older version of bot-bottle; see 'bot-bottle list'",
      cause,
    })
  }
}

function createInbox() {
  const waiting: LauncherMessage[] = []
  let wake = Promise.withResolvers<void>()
  let isOver = false
  const stir = () => {
    wake.resolve()
    wake = Promise.withResolvers()
  }
  return {
    put(message: LauncherMessage): void {
      waiting.push(message)
      stir()
    },
    end(): void {
      isOver = true
      stir()
    },
    messages: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const next = wake.promise
          for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) yield message
          if (isOver) return
          await next
        }
      },
    },
  }
}
