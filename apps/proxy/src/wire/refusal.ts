// Makes an answer of a refusal: the JSON every client can read, or on a provider's host the error
// that provider's real clients stop at.
//
//   Every refusal carries its reason in the header, whatever its status and body.

import { DENIAL_STATUS, type Denial, REASON_HEADER } from "@bot-bottle/contracts"
import type { ModelApi } from "@bot-bottle/model-apis"
import { statusPhrase } from "@bot-bottle/wire"
import type { Reply } from "./reply.ts"

/** `api`: the metered host's at this path, whose shape and status the answer takes. `status`: what HTTP calls it, where it has a name. */
export function refusalReply(
  denial: Denial,
  api: Pick<ModelApi, "denial"> | undefined,
  status: number | undefined,
): Reply {
  const said = api?.denial(denial) ?? { status: DENIAL_STATUS[denial.reason], body: denialBody(denial) }
  return {
    status: status ?? said.status,
    phrase: statusPhrase(status ?? said.status) ?? "Refused",
    lines: [
      "content-type: application/json",
      `${REASON_HEADER}: ${denial.reason}`,
      ...(denial.retryAfterS === undefined ? [] : [`retry-after: ${denial.retryAfterS}`]),
    ],
    body: Buffer.from(said.body),
  }
}

/** As a whole message that ends its connection. */
export function lastRefusal(denial: Denial): Buffer {
  const { status, phrase, lines, body } = refusalReply(denial, undefined, undefined)
  const head = [`HTTP/1.1 ${status} ${phrase}`, ...lines, `content-length: ${body.length}`, "connection: close"]
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body])
}

/** Twice the message: Git LFS, npm and clients of GitHub's API show the outer one. */
function denialBody({ reason, message, hint }: Denial): string {
  return `${JSON.stringify({ message, error: { type: "bot_bottle_denied", reason, message, hint } })}\n`
}
