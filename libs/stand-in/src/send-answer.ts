// Sends one answer: plain, as one JSON message, or event by event, and cuts the connection
// where the reply says so.

import type { ServerResponse } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import type { Answer } from "./answers.ts"
import { createEncoder } from "./encoder.ts"
import type { StandInReply } from "./exchange.ts"

/** `torn` was asked for; `abandoned` means that the client left first. */
export type SendOutcome = "sent" | "torn" | "abandoned"

export async function sendAnswer(outgoing: ServerResponse, answer: Answer): Promise<SendOutcome> {
  if (answer.kind === "plain") {
    outgoing.writeHead(answer.answer.status, answer.answer.headers)
    outgoing.end(answer.answer.body)
    return "sent"
  }
  const { head, reply, format, headers } = answer
  if (head.call.stream)
    return sendParts(outgoing, format.renderEvents(head, reply), { ...reply, headers }, format.eventsType)

  const message = format.renderWhole(head, reply)
  const { encoding = "identity" } = reply
  if (reply.tearAfterEvents === undefined)
    return sendParts(outgoing, [message], { encoding, headers }, "application/json")
  return sendParts(
    outgoing,
    [message.slice(0, message.length >> 1)],
    { encoding, tearAfterEvents: 1, headers },
    "application/json",
  )
}

// The bytes before a cut must reach the client first, as on a real network. A client that finds
// both in one turn of its event loop may throw both away (Bun's fetch does).
const TEAR_PAUSE_MS = 20

interface Pace extends Pick<StandInReply, "delayMs" | "beforeEvent" | "tearAfterEvents" | "encoding"> {
  readonly headers: Readonly<Record<string, string>>
}

async function sendParts(
  outgoing: ServerResponse,
  parts: readonly string[],
  { delayMs, beforeEvent, tearAfterEvents, encoding = "identity", headers }: Pace,
  contentType: string,
): Promise<SendOutcome> {
  const left = new AbortController()
  outgoing.once("close", () => left.abort())
  outgoing.on("error", () => left.abort())
  outgoing.writeHead(200, {
    ...headers,
    "content-type": contentType,
    "cache-control": "no-cache",
    ...(encoding === "identity" ? {} : { "content-encoding": encoding }),
  })
  outgoing.flushHeaders()

  const encoder = createEncoder(encoding, (bytes) => void outgoing.write(bytes))
  const pause = (ms: number) => sleep(ms, undefined, { signal: left.signal }).catch(() => {})
  const tear = async (): Promise<SendOutcome> => {
    await pause(TEAR_PAUSE_MS)
    outgoing.socket?.destroy()
    return "torn"
  }
  for (const [index, part] of parts.entries()) {
    if (index === tearAfterEvents) return await tear()
    if (delayMs !== undefined && index > 0) await pause(delayMs)
    await beforeEvent?.(index)
    if (left.signal.aborted) return "abandoned"
    await encoder.write(part)
  }
  if (tearAfterEvents !== undefined) return await tear()

  await encoder.end()
  outgoing.end()
  return "sent"
}
