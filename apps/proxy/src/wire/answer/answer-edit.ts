// Decides which part of an upstream's answer reaches the agent: all but the fields of the hop
// behind us, the fields that only we may write, and the route's credential.
//
//   INV-11  The credential is taken out of lines and of bodies of any status. In a packed body it
//           cannot be taken out, so there a find ends the answer. Bytes that nobody here can unpack
//           are not passed on: another packing than the head says, or bytes behind its end.

import { type Denial, REASON_HEADER } from "@bot-bottle/contracts"
import type { Scrubber, ScrubStream } from "@bot-bottle/egress"
import { createBodyDecoder } from "@bot-bottle/model-apis"
import type { ResponseHead } from "@bot-bottle/wire"
import { describeUnreadableAnswer, describeWithheldAnswer } from "../../describe-denial.ts"
import { readContentCodings } from "../../dlp/content-codings.ts"
import { type BodyFilter, type InPlaceFilter, Stopped } from "../body/body-filter.ts"
import type { EditedHead } from "../passage.ts"

const DROPPED: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  // It invites to HTTP/3 past this proxy, where nothing listens.
  "alt-svc",
  // Ours alone: with it an upstream would speak as the proxy, and name a reason to stop.
  REASON_HEADER,
])

const UNCHANGED: EditedHead = { startLine: undefined, lines: undefined }

export function editAnswerHead({ names, lines, startLine }: ResponseHead, scrubber: Scrubber | undefined): EditedHead {
  const isSpeaking = scrubber?.isIn([startLine, ...lines]) === true
  if (!isSpeaking && !names.some((name) => DROPPED.has(name))) return UNCHANGED
  const kept: string[] = []
  for (let index = 0; index < names.length; index++) {
    if (DROPPED.has(names[index] as string)) continue
    const line = lines[index] as string
    const clean = isSpeaking ? scrubber.scrubLine(line) : line
    if (clean !== undefined) kept.push(clean)
  }
  // A status line has no name and no colon of its own: the phrase goes.
  const said = isSpeaking && scrubber.isIn([startLine]) ? startLine.slice(0, STATUS_LENGTH) : undefined
  return { startLine: said, lines: kept }
}

/** `HTTP/1.1 200 `. */
const STATUS_LENGTH = 13

/** Why the rest of a packed answer may not pass. */
type Withheld = "credential" | "unreadable"

/** `reason`: of the `Stopped` that a filter of `scrubPayload` returned. */
export function describeWithheld(reason: unknown, place: string): Denial {
  return reason === ("unreadable" satisfies Withheld) ? describeUnreadableAnswer(place) : describeWithheldAnswer(place)
}

/** How the payload of an answer is looked through; `unreadable` where it cannot be. */
export function scrubPayload(
  scrubber: Scrubber | undefined,
  head: Pick<ResponseHead, "framing" | "contentEncoding">,
): BodyFilter | InPlaceFilter | "unreadable" | undefined {
  if (scrubber === undefined || head.framing.kind === "none") return undefined
  const codings = readContentCodings(head.contentEncoding)
  if (codings.kind === "unknown" || (codings.kind === "packed" && codings.isFramed)) return "unreadable"
  return codings.kind === "plain" ? scrubPlain(scrubber) : scrubPacked(scrubber, codings.codings)
}

function scrubPlain(scrubber: Scrubber): InPlaceFilter {
  const stream = scrubber.openStream()
  return {
    push: (payload) => stream.push(payload),
    end: (trailers) => ({ bytes: stream.end(), trailers: scrubTrailers(scrubber, trailers) }),
    written() {
      // Nothing was put off.
    },
  }
}

/** So many bytes of the credential are not worth a wait. */
const MAX_OPENING_BYTES = 3
/** Packed bytes that wait, and unfold to nothing new. */
const MAX_WAITING_BYTES = 64 * 1024

/** A piece waits while its text may begin the credential: otherwise all but the last letter of it would be out. */
function scrubPacked(scrubber: Scrubber, codings: string): BodyFilter {
  const asSent = scrubber.openStream()
  const unpacked = scrubber.openStream()
  const decoder = createBodyDecoder(codings, (part) => void unpacked.push(part))
  let waiting: Uint8Array[] = []
  let waitingBytes = 0

  function problem(): Stopped | undefined {
    if (asSent.hasFound || unpacked.hasFound) return new Stopped("credential" satisfies Withheld)
    const isUnseen = decoder.hasSurplus || waitingBytes > MAX_WAITING_BYTES
    return isUnseen ? new Stopped("unreadable" satisfies Withheld) : undefined
  }

  function release(): Uint8Array {
    const [only = NOTHING] = waiting
    const released = waiting.length > 1 ? Buffer.concat(waiting) : only
    waiting = []
    waitingBytes = 0
    return released
  }

  return {
    async push(payload) {
      look(asSent, payload)
      decoder.push(payload)
      await decoder.idle()
      waiting.push(payload)
      waitingBytes += payload.length
      const mayPass = Math.max(asSent.waitingBytes, unpacked.waitingBytes) <= MAX_OPENING_BYTES
      if (mayPass) waitingBytes = 0
      return problem() ?? (mayPass ? release() : NOTHING)
    },
    async end(trailers) {
      await decoder.finish()
      return problem() ?? { bytes: release(), trailers: scrubTrailers(scrubber, trailers) }
    },
  }
}

const NOTHING = new Uint8Array(0)

/** Packed bytes are passed on as they came, after a look at a copy. A Buffer's own slice shares its memory. */
function look(stream: ScrubStream, payload: Uint8Array): void {
  stream.push(new Uint8Array(payload))
}

function scrubTrailers(scrubber: Scrubber, trailers: string): string {
  if (trailers === "") return ""
  const lines = trailers.split("\r\n").filter((line) => line !== "")
  if (!scrubber.isIn(lines)) return trailers
  return lines
    .map((line) => scrubber.scrubLine(line))
    .map((line) => (line === undefined ? "" : `${line}\r\n`))
    .join("")
}
