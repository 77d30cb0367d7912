// Passes on a host's answer to a WebSocket handshake, without the lines of the hop behind us, and
// without the route's credential.
//
//   INV-11  The credential is taken out of status, lines and body. A packed body with it, or one that
//           nobody here can unpack, is not passed on.

import type { Denial } from "@bot-bottle/contracts"
import type { Scrubber } from "@bot-bottle/egress"
import { fieldValue } from "@bot-bottle/wire"
import { describeUnreadableAnswer } from "../describe-denial.ts"
import { describeWithheld, scrubPayload } from "../wire/answer/answer-edit.ts"
import type { Reply } from "../wire/answer/reply.ts"
import { Stopped } from "../wire/body/body-filter.ts"
import type { HandshakeAnswer } from "./dial-upstream.ts"

/** For our own answer, which takes the handshake up. */
export function acceptanceLines(
  lines: readonly string[],
  protocol: string,
  scrubber: Scrubber | undefined,
): readonly string[] {
  const passed = cleanLines(lines, scrubber)
  return protocol === "" ? passed : [...passed, `Sec-WebSocket-Protocol: ${protocol}`]
}

export async function replyOf(
  answer: HandshakeAnswer,
  scrubber: Scrubber | undefined,
  place: string,
): Promise<Reply | Denial> {
  const body = await cleanBody(answer, scrubber, place)
  if ("reason" in body) return body
  const phrase = scrubber?.isIn([answer.phrase]) === true ? "" : answer.phrase
  return { status: answer.status, phrase, lines: cleanLines(answer.lines, scrubber), body }
}

async function cleanBody(
  { lines, body }: HandshakeAnswer,
  scrubber: Scrubber | undefined,
  place: string,
): Promise<Uint8Array | Denial> {
  const codings = lines.filter((line) => /^content-encoding:/i.test(line)).map(fieldValue)
  const framing = { kind: "length", bytes: body.length } as const
  const filter = scrubPayload(scrubber, { framing, contentEncoding: codings.join(", ") })
  if (filter === undefined) return body
  if (filter === "unreadable") return describeUnreadableAnswer(place)
  const pushed = await filter.push(body)
  const ended = await filter.end("")
  if (pushed instanceof Stopped) return describeWithheld(pushed.reason, place)
  if (ended instanceof Stopped) return describeWithheld(ended.reason, place)
  return Buffer.concat([pushed, ended.bytes])
}

function cleanLines(lines: readonly string[], scrubber: Scrubber | undefined): readonly string[] {
  return lines
    .filter((line) => !HANDSHAKE_ANSWER.test(line))
    .flatMap((line) => (scrubber === undefined ? [line] : (scrubber.scrubLine(line) ?? [])))
}

const HANDSHAKE_ANSWER =
  /^(?:upgrade|connection|keep-alive|alt-svc|proxy-[^:]*|x-bot-bottle-reason|sec-websocket-[^:]*|content-length|transfer-encoding):/i
