// The stand-in's WebSockets: OpenAI's Responses, one message a request, one response at a time.
//
// With the npm package ws, on the connection that HTTP handed over: a test may cut it anywhere.

import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import { type WebSocket, WebSocketServer } from "ws-library"
import type { Answers, ModelAnswer } from "./answers.ts"
import type { ReceivedRequest } from "./exchange.ts"
import { isObject, parseObject } from "./formats/json-text.ts"
import { isResponsesSocket, renderSocketError, renderSocketEvents } from "./formats/openai-responses.ts"
import { renderOpenAiError } from "./formats/openai-usage.ts"

export interface SocketsOptions {
  readonly answers: Pick<Answers, "note" | "answerMessage">
  readonly manners: "accept" | "refuse"
  readonly onAbandoned: () => void
}

export interface Sockets {
  upgrade(incoming: IncomingMessage, connection: Duplex, head: Buffer, handshake: ReceivedRequest): Promise<void>
}

/** OpenAI's own, of which a client learns that it should speak HTTP. */
const UPGRADE_REQUIRED = 426

export function createSockets({ answers, manners, onAbandoned }: SocketsOptions): Sockets {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: true })

  return {
    async upgrade(incoming, connection, head, handshake) {
      const own = await answers.note(handshake)
      const path = handshake.path.replace(/\?.*$/s, "")
      const status = own?.status ?? (isResponsesSocket(path) ? (manners === "refuse" ? UPGRADE_REQUIRED : 101) : 404)
      if (status !== 101) {
        const body = own?.body ?? renderOpenAiError(status, status === 404 ? "Not found" : "Use HTTP")
        connection.end(answerHead(status, body, own?.headers))
        return
      }
      server.handleUpgrade(incoming, connection, head, (socket) => serve(socket, handshake))
    },
  }

  function serve(socket: WebSocket, handshake: ReceivedRequest): void {
    let last = Promise.resolve()
    const left = new AbortController()
    socket
      .on("close", () => left.abort())
      .on("error", () => left.abort())
      .on("message", (data) => {
        const body = data.toString("utf8")
        last = last
          .then(() => reply(socket, { ...handshake, method: "MESSAGE", body }, left.signal))
          .catch(() => socket.terminate())
      })
  }

  async function reply(socket: WebSocket, request: ReceivedRequest, left: AbortSignal): Promise<void> {
    const message = parseObject(request.body)
    if (!isObject(message) || message["type"] !== "response.create") {
      await answers.note(request)
      socket.send(renderSocketError(400, "Expected an object of type response.create"))
      return
    }
    const answered = await answers.answerMessage(request)
    if (answered.kind === "refused") socket.send(renderSocketError(answered.status, answered.message))
    else if (answered.kind === "plain") socket.send(answered.answer.body)
    else await sendEvents(socket, answered, left)
  }

  async function sendEvents(socket: WebSocket, { head, reply }: ModelAnswer, left: AbortSignal): Promise<void> {
    const { delayMs, beforeEvent, tearAfterEvents } = reply
    for (const [index, event] of renderSocketEvents(head, reply).entries()) {
      if (index === tearAfterEvents) return socket.terminate()
      if (delayMs !== undefined && index > 0) await sleep(delayMs, undefined, { signal: left }).catch(() => {})
      await beforeEvent?.(index)
      if (left.aborted) return onAbandoned()
      // Written before the next is: a connection that is cut then has brought it.
      await new Promise<void>((sent) => socket.send(event, { binary: false }, () => sent()))
    }
    if (tearAfterEvents !== undefined) socket.terminate()
  }
}

function answerHead(status: number, body: string, headers: Readonly<Record<string, string>> = {}): string {
  const fields = {
    "content-type": "application/json",
    ...headers,
    "content-length": Buffer.byteLength(body),
    connection: "close",
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Refused\r\n${lines.join("")}\r\n${body}`
}
