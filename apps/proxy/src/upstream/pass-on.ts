// Makes the bottle's response out of the upstream's: the same bytes, without what concerned
// only the hop behind us, what only we may say, and the route's credential.

import { type CredentialedRoute, REASON_HEADER } from "@bot-bottle/contracts"
import { scrubHeaders } from "@bot-bottle/egress"
import { scrubErrorBody } from "./error-body.ts"

export function passOn(route: CredentialedRoute, response: Response): Response | Promise<Response> {
  dropHopHeaders(response.headers)
  if (route.secret === undefined) return response
  const headers = scrubHeaders(route, response.headers)
  const { status, body } = response
  return status < 400 ? new Response(body, { status, headers }) : passOnError(route, response, headers)
}

async function passOnError(route: CredentialedRoute, response: Response, headers: Headers): Promise<Response> {
  const scrubbed = await scrubErrorBody(route, response)
  if (scrubbed.decoded) headers.delete("content-encoding")
  return new Response(scrubbed.body, { status: response.status, headers })
}

function dropHopHeaders(headers: Headers): void {
  headers.delete("connection")
  headers.delete("keep-alive")
  headers.delete("proxy-authenticate")
  headers.delete("proxy-connection")
  // It invites to HTTP/3 past this proxy, where nothing listens.
  headers.delete("alt-svc")
  // Ours alone: with it an upstream would speak as the proxy, and name a reason to stop.
  headers.delete(REASON_HEADER)
}
