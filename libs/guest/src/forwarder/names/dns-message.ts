// DNS messages, as far as a bottle's name server must read and write them. Pure.
//
// Everything in a packet comes from the agent. One question is read, verbatim bytes kept for
// the answer; nothing is followed, counted or allocated because a packet says so. A question
// never needs compression, so a pointer in one is an error and there is no loop to fall into.

export const TYPE_A = 1
const TYPE_IXFR = 251
const TYPE_AXFR = 252
const CLASS_IN = 1

export const RESPONSE_CODE = {
  ok: 0,
  formatError: 1,
  serverFailure: 2,
  noSuchName: 3,
  notImplemented: 4,
  refused: 5,
} as const
export type ResponseCode = (typeof RESPONSE_CODE)[keyof typeof RESPONSE_CODE]

export type DnsRequest =
  /** A name that could be a host's, lower-case, without the final dot. */
  | {
      readonly kind: "question"
      readonly head: RequestHead
      readonly question: Uint8Array
      readonly name: string
      readonly type: number
    }
  /** To be answered with this code whatever is listed. */
  | {
      readonly kind: "refusal"
      readonly head: RequestHead
      readonly question: Uint8Array
      readonly code: ResponseCode
    }
  /** No request at all: an answer to it could be the start of a loop. */
  | { readonly kind: "ignored" }

interface RequestHead {
  readonly id: number
  readonly opcode: number
  readonly recursionDesired: boolean
}

const HEADER_BYTES = 12
const MAX_NAME_BYTES = 255
const NO_QUESTION = new Uint8Array(0)
/** The address belongs to the name for as long as the bottle lives. */
const TTL_S = 60
const HOST_LABEL = /^[a-z0-9_-]+$/

export function readDnsRequest(packet: Uint8Array): DnsRequest {
  if (packet.length < HEADER_BYTES) return { kind: "ignored" }
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  const flags = view.getUint16(2)
  if ((flags & 0x8000) !== 0) return { kind: "ignored" }

  const head = { id: view.getUint16(0), opcode: (flags >> 11) & 15, recursionDesired: (flags & 0x0100) !== 0 }
  const refuse = (code: ResponseCode, question = NO_QUESTION): DnsRequest => ({ kind: "refusal", head, question, code })
  if (head.opcode !== 0) return refuse(RESPONSE_CODE.notImplemented)
  if ((flags & 0x0200) !== 0 || view.getUint16(4) !== 1) return refuse(RESPONSE_CODE.formatError)

  const labels = readLabels(packet)
  if (labels === undefined || labels.end + 4 > packet.length) return refuse(RESPONSE_CODE.formatError)
  const question = packet.slice(HEADER_BYTES, labels.end + 4)
  const type = view.getUint16(labels.end)
  if (view.getUint16(labels.end + 2) !== CLASS_IN || type === TYPE_AXFR || type === TYPE_IXFR)
    return refuse(RESPONSE_CODE.refused, question)

  const isHost = labels.texts.length > 0 && labels.texts.every((label) => HOST_LABEL.test(label))
  if (!isHost) return refuse(RESPONSE_CODE.noSuchName, question)
  return { kind: "question", head, question, name: labels.texts.join("."), type }
}

/** `address` goes with a question for one. */
export function writeDnsAnswer(
  { head, question }: Exclude<DnsRequest, { kind: "ignored" }>,
  code: ResponseCode,
  address?: string,
): Uint8Array {
  const bytes = address?.split(".").map(Number)
  const answer = new Uint8Array(HEADER_BYTES + question.length + (bytes === undefined ? 0 : 16))
  const view = new DataView(answer.buffer)
  view.setUint16(0, head.id)
  // A response, authoritative, recursion available: some resolvers take an empty answer without these for a broken server.
  view.setUint16(2, 0x8480 | (head.opcode << 11) | (head.recursionDesired ? 0x0100 : 0) | code)
  view.setUint16(4, question.length === 0 ? 0 : 1)
  answer.set(question, HEADER_BYTES)
  if (bytes === undefined) return answer

  const at = HEADER_BYTES + question.length
  view.setUint16(6, 1)
  view.setUint16(at, 0xc000 | HEADER_BYTES)
  view.setUint16(at + 2, TYPE_A)
  view.setUint16(at + 4, CLASS_IN)
  view.setUint32(at + 6, TTL_S)
  view.setUint16(at + 10, bytes.length)
  answer.set(bytes, at + 12)
  return answer
}

/** A question for a name's address, as the self-test asks it. */
export function writeDnsQuestion(id: number, name: string): Uint8Array {
  const labels = name.split(".").map((label) => Buffer.from(label, "latin1"))
  const head = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  const encoded = labels.flatMap((label) => [Buffer.from([label.length]), label])
  return Buffer.concat([head, ...encoded, Buffer.from([0, 0, TYPE_A, 0, CLASS_IN])])
}

/** The response code of an answer to it. */
export function readResponseCode(packet: Uint8Array): number | undefined {
  const [, , flags, code] = packet
  return flags === undefined || code === undefined || (flags & 0x80) === 0 ? undefined : code & 15
}

function readLabels(packet: Uint8Array): { readonly texts: readonly string[]; readonly end: number } | undefined {
  const texts: string[] = []
  for (let at = HEADER_BYTES; ; ) {
    const length = packet[at]
    // Above 63 the two high bits are set: a pointer, or a kind of label nobody ever used.
    if (length === undefined || length > 63) return undefined
    if (at + 1 + length - HEADER_BYTES > MAX_NAME_BYTES || at + 1 + length > packet.length) return undefined
    if (length === 0) return { texts, end: at + 1 }
    texts.push(
      Buffer.from(packet.subarray(at + 1, at + 1 + length))
        .toString("latin1")
        .toLowerCase(),
    )
    at += 1 + length
  }
}
