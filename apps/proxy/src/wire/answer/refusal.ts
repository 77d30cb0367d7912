// Makes an answer of a refusal: the JSON every client can read, or on a provider's host the error
// that provider's real clients stop at.
//
//   Every refusal carries its reason in the header, whatever its status and body.

import { DENIAL_STATUS, type Denial, formatDenialBody, REASON_HEADER } from "@bot-bottle/contracts"
import type { ModelApi } from "@bot-bottle/model-apis"
import { statusPhrase } from "@bot-bottle/wire"
import type { Reply } from "./reply.ts"

/**
 * `client`: the metered host's API at this path, whose shape and status the answer takes; on other hosts the path
 * alone, undefined before one is read. `status`: HTTP's own for this refusal, where it has one.
 */
export function refusalReply(
  denial: Denial,
  client: Pick<ModelApi, "denial"> | string | undefined,
  status: number | undefined,
): Reply {
  const said =
    typeof client === "object"
      ? client.denial(denial)
      : { status: DENIAL_STATUS[denial.reason], body: formatDenialBody(denial, errorShapeAt(client ?? "")) }
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

/** A client of a model API may call a host that nobody bills, too: a server of one's own, or a host that is not listed. */
function errorShapeAt(path: string): "text" | "object" {
  return MODEL_CALL.test(path) ? "object" : "text"
}

const MODEL_CALL =
  /\/(?:v\d+(?:beta\d*)?\/(?:responses|chat|completions|embeddings|messages|models|images|audio|moderations)|chat\/completions)(?:[/?]|$)/
