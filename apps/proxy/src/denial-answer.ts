// Turns a refusal into bytes: the JSON every client can read, or on a provider's host the
// error that provider's real clients stop at.
//
//   INV-58  Every refusal carries its reason in the header, whatever its status and body.

import { DENIAL_STATUS, type Denial, REASON_HEADER } from "@bot-bottle/contracts"
import type { ModelApi } from "@bot-bottle/model-apis"

/** `api`: the metered host's, whose shape and status the answer takes. */
export function answerDenial(denial: Denial, api: ModelApi | undefined): Response {
  const { status, body } = api?.denial(denial) ?? { status: DENIAL_STATUS[denial.reason], body: denialBody(denial) }
  return new Response(body, { status, headers: { "content-type": "application/json", [REASON_HEADER]: denial.reason } })
}

/** The same as a whole HTTP/1.1 message, for a tunnel that does not open. */
export function tunnelRefusal(denial: Denial): Uint8Array {
  const status = DENIAL_STATUS[denial.reason]
  const body = denialBody(denial)
  return new TextEncoder().encode(
    `HTTP/1.1 ${status} ${PHRASES[status]}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${REASON_HEADER}: ${denial.reason}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function denialBody({ reason, message, hint }: Denial): string {
  return `${JSON.stringify({ error: { type: "bot_bottle_denied", reason, message, hint } })}\n`
}

const PHRASES: Readonly<Record<(typeof DENIAL_STATUS)[keyof typeof DENIAL_STATUS], string>> = {
  400: "Bad Request",
  403: "Forbidden",
  413: "Content Too Large",
  421: "Misdirected Request",
  429: "Too Many Requests",
  502: "Bad Gateway",
  503: "Service Unavailable",
}
