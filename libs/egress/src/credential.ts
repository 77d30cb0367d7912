// Takes the agent's credentials out of a request and writes the route's in.
//
// A route is credentialed when it injects or is metered: there the provider's account is the
// operator's alone, and a foreign key on an allowed host is a way out for data. Elsewhere the
// agent's own authorization passes. What only meant this hop, or overrides the method, path or
// host that policy judged, goes everywhere.
//
//   INV-11  An agent-sent key never reaches a credentialed host, and a real one never
//           reaches the agent (the second half is scrub.ts's).

import type { CredentialedRoute } from "@bot-bottle/contracts"
import { HOP_BY_HOP, listTokens } from "./header-fields.ts"

/** Headers and query as they leave: agent credentials removed, the route's injected, method overrides and hop-by-hop gone. */
export function prepareOutbound(
  route: CredentialedRoute,
  headers: Headers,
  search: string,
): { readonly headers: Headers; readonly search: string } {
  const credentialed = isCredentialed(route)
  const outbound = new Headers(headers)
  const named = listTokens(headers.get("connection") ?? "")
  for (const name of headers.keys()) {
    const removed = HOP_BY_HOP.has(name) || OVERRIDES.has(name) || named.includes(name)
    if (removed || (credentialed && CREDENTIAL_HEADER.test(name))) outbound.delete(name)
  }
  if (credentialed) removeProtocolKeys(outbound)
  // Bun's fetch offers encodings of its own when none is named, and the agent may know none.
  if (!outbound.has("accept-encoding")) outbound.set("accept-encoding", "identity")
  inject(route, outbound)
  return { headers: outbound, search: credentialed ? removeQueryKeys(search) : search }
}

function isCredentialed(route: CredentialedRoute): boolean {
  return route.injection !== undefined || route.metering !== undefined
}

/** Would have the upstream act on another method, path or host than the one that was judged. `fetch` frames the body itself. */
const OVERRIDES: ReadonlySet<string> = new Set([
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
  "x-forwarded-host",
  "x-host",
  "forwarded",
  "expect",
  "transfer-encoding",
])

/** `authorization`, `cookie`, `x-api-key`, `x-goog-api-key`, `private-token`, `x-amz-security-token`, … */
const CREDENTIAL_HEADER =
  /authori[sz]ation|authentication|^cookie2?$|(?:api|access|auth|functions|subscription)[-_]?key|secret|credential|passw|^x-auth|(?:^|[-_])(?:access|app|auth|bearer|deploy|github|gitlab|id|jwt|job|oauth|private|refresh|security|session|subscription|user)[-_]?token$|^(?:x-)?token$/

/** Names of query parameters that carry a key, letters and digits only. */
const CREDENTIAL_PARAMETERS: ReadonlySet<string> = new Set([
  "key",
  "apikey",
  "xapikey",
  "accesskey",
  "accesstoken",
  "authtoken",
  "oauthtoken",
  "privatetoken",
  "bearertoken",
  "authorization",
  "token",
])

/** Leaves every other byte of the query as it was: signatures and odd encodings survive. */
function removeQueryKeys(search: string): string {
  if (!/key|token|auth|%/i.test(search)) return search
  const kept = search
    .slice(1)
    .split("&")
    // Some servers also split at `;`. Without one this keeps the pair whole.
    .map((pair) => pair.split(";").filter((part) => !isCredentialParameter(part)))
    .filter((parts) => parts.length > 0)
    .map((parts) => parts.join(";"))
  return kept.length === 0 ? "" : `?${kept.join("&")}`
}

function isCredentialParameter(pair: string): boolean {
  const equals = pair.indexOf("=")
  const name = decodeName(equals === -1 ? pair : pair.slice(0, equals))
  // `key[]` and `key[0]` are `key` to servers that read lists from queries.
  return CREDENTIAL_PARAMETERS.has(name.toLowerCase().replace(/\[.*|[^a-z0-9]/gs, ""))
}

/** Lenient, as servers are: a bad escape stays, the good ones beside it are decoded. */
function decodeName(name: string): string {
  return name.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Browsers cannot set headers on a WebSocket, so some APIs take a key as a subprotocol. */
function removeProtocolKeys(headers: Headers): void {
  const offered = headers.get("sec-websocket-protocol")
  if (offered === null) return
  const kept = offered.split(",").filter((protocol) => !/api[-_]?key|auth|bearer|token|secret/i.test(protocol))
  if (kept.length === 0) headers.delete("sec-websocket-protocol")
  else headers.set("sec-websocket-protocol", kept.map((protocol) => protocol.trim()).join(", "))
}

function inject({ host, injection, secret }: CredentialedRoute, headers: Headers): void {
  if (injection === undefined) return
  if (secret === undefined) throw new Error(`Route ${host} injects a credential that was not attached`)
  const text = secret.reveal()
  // Asked first: an engine's own complaint about a header value may quote it.
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text))
    throw new Error(`The credential of route ${host} is empty or has a character a header cannot carry`)
  headers.set(
    injection.header,
    injection.template.replaceAll("{secret}", () => text),
  )
  for (const [name, value] of Object.entries(injection.withHeaders ?? {})) headers.set(name, value)
}
