// Reads one small HTTP answer out of the bytes of its connection.

import { BodyReader, findHeadEnd, type ResponseHead, readResponseHead } from "@bot-bottle/wire"

export interface SmallAnswer {
  readonly status: number
  readonly body: string
}

export interface AnswerReader {
  /** Undefined while more is to come. */
  push(bytes: Buffer): SmallAnswer | "broken" | undefined
  /** The connection has ended. Undefined: the answer was not whole. */
  end(): SmallAnswer | undefined
}

const MAX_ANSWER_BYTES = 64 * 1024

export function createAnswerReader(): AnswerReader {
  const body = new BodyReader()
  const parts: Buffer[] = []
  let held = Buffer.alloc(0) as Buffer
  let head: ResponseHead | undefined
  let size = 0

  const whole = (): SmallAnswer => ({ status: head?.status ?? 0, body: Buffer.concat(parts).toString("utf8") })

  /** Passes over interim answers. */
  function readHead(): "read" | "incomplete" | "broken" {
    for (;;) {
      const end = findHeadEnd(held, 0, 0)
      if (end.kind === "incomplete") return "incomplete"
      if (end.kind !== "end") return "broken"
      const found = readResponseHead(held, 0, end.at - 2, "POST")
      if (found.kind !== "response" || found.status === 101) return "broken"
      held = held.subarray(end.at)
      if (found.status < 200) continue
      head = found
      // Bytes of a socket are only lent.
      body.start(found.framing, (bytes, from, to) => parts.push(Buffer.from(bytes.subarray(from, to))))
      return "read"
    }
  }

  function readBody(bytes: Buffer): SmallAnswer | "broken" | undefined {
    if (bytes.length > 0) body.read(bytes, 0)
    if (body.failure !== undefined) return "broken"
    return body.done ? whole() : undefined
  }

  return {
    push(bytes) {
      size += bytes.length
      if (size > MAX_ANSWER_BYTES) return "broken"
      if (head !== undefined) return readBody(bytes)
      held = Buffer.concat([held, bytes])
      const outcome = readHead()
      return outcome === "read" ? readBody(held) : outcome === "broken" ? "broken" : undefined
    },
    end: () => (head !== undefined && body.endOfConnection() ? whole() : undefined),
  }
}
