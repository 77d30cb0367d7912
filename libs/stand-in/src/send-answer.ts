// Sends one answer: plain, as one JSON message, or event by event, and cuts the connection
// where the reply says so.

import type { ServerResponse } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import type { Answer } from "./answers.ts"
import { createEncoder } from "./encoder.ts"
import { renderEvents, renderMessage } from "./messages.ts"
import type { StandInReply } from "./stand-in.ts"

/** `torn` was asked for; `abandoned` means that the client left first. */
export type SendOutcome = "sent" | "torn" | "abandoned"

export async function sendAnswer(outgoing: ServerResponse, answer: Answer): Promise<SendOutcome> {
  if (answer.kind === "plain") {
    outgoing.writeHead(answer.answer.status, answer.answer.headers)
    outgoing.end(answer.answer.body)
    return "sent"
  }
  const { head, reply } = answer
  if (answer.stream) return sendParts(outgoing, renderEvents(head, reply), reply, "text/event-stream; charset=utf-8")

  const message = renderMessage(head, reply)
  const middle = message.length >> 1
  const untimed = {
    encoding: reply.encoding ?? "identity",
    ...(reply.tearAfterEvents === undefined ? {} : { tearAfterEvents: 1 }),
  } as const
  return sendParts(outgoing, [message.slice(0, middle), message.slice(middle)], untimed, "application/json")
}

type Pace = Pick<StandInReply, "delayMs" | "beforeEvent" | "tearAfterEvents" | "encoding">

async function sendParts(
  outgoing: ServerResponse,
  parts: readonly string[],
  { delayMs, beforeEvent, tearAfterEvents, encoding = "identity" }: Pace,
  contentType: string,
): Promise<SendOutcome> {
  const left = new AbortController()
  outgoing.once("close", () => left.abort())
  outgoing.on("error", () => left.abort())
  outgoing.writeHead(200, {
    "content-type": contentType,
    "cache-control": "no-cache",
    ...(encoding === "identity" ? {} : { "content-encoding": encoding }),
  })
  outgoing.flushHeaders()

  const encoder = createEncoder(encoding, (bytes) => void outgoing.write(bytes))
  for (const [index, part] of parts.entries()) {
    if (index === tearAfterEvents) return tear(outgoing)
    if (delayMs !== undefined && index > 0) await sleep(delayMs, undefined, { signal: left.signal }).catch(() => {})
    await beforeEvent?.(index)
    if (left.signal.aborted) return "abandoned"
    await encoder.write(part)
  }
  if (tearAfterEvents !== undefined) return tear(outgoing)

  await encoder.end()
  outgoing.end()
  return "sent"
}

/** Without the end of the body, so that a client can tell. */
async function tear(outgoing: ServerResponse): Promise<SendOutcome> {
  const written = Promise.withResolvers<void>()
  if (outgoing.writableLength === 0) written.resolve()
  else outgoing.once("drain", written.resolve)
  outgoing.once("close", written.resolve)
  await written.promise
  outgoing.socket?.destroy()
  return "torn"
}
