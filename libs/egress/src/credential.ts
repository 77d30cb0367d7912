// Takes the agent's credentials out of a request and writes the route's in.
//
// A route is credentialed when it injects or is metered. There the provider's account is the
// operator's alone, and a foreign key on an allowed host is a way out for data. Elsewhere the
// agent's own authorization passes. Fields that concern only this hop, or that override the method,
// path or host that policy judged, are removed everywhere.
//
//   INV-11  An agent-sent key never reaches a credentialed host, and a real one never
//           reaches the agent (the second half is scrub.ts's).

import type { CredentialedRoute } from "@bot-bottle/contracts"
import { HOP_BY_HOP, listTokens } from "./header-names.ts"

/** Header lines as they came, one character a byte. */
export interface RequestLines {
  /** Lower case, parallel to `lines`. */
  readonly names: readonly string[]
  /** Without CRLF. */
  readonly lines: readonly string[]
  /** The names in Connection. */
  readonly connection: string | undefined
}

export interface PreparedRequest {
  /** Undefined where all may leave as they came. */
  readonly lines: readonly string[] | undefined
  readonly search: string
}

/**
 * Lines and query as they leave: agent credentials removed, the route's added at the end, method overrides and
 * hop-by-hop lines gone. Every line that stays keeps its bytes and its place.
 */
export function prepareOutbound(route: CredentialedRoute, request: RequestLines, search: string): PreparedRequest {
  const credentialed = isCredentialed(route)
  const added = addedLines(route)
  const { names, lines } = request
  const named = request.connection === undefined ? NO_TOKENS : listTokens(request.connection)
  let kept: string[] | undefined
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string
    const line = lines[index] as string
    const left = isRemoved(name, named, credentialed, added) ? undefined : credentialed ? withoutKeys(name, line) : line
    if (left === line) kept?.push(line)
    else {
      kept ??= lines.slice(0, index)
      if (left !== undefined) kept.push(left)
    }
  }
  if (added !== undefined) kept = [...(kept ?? lines), ...added.lines]
  return { lines: kept, search: credentialed ? removeQueryKeys(search) : search }
}

const NO_TOKENS: readonly string[] = []

function isRemoved(
  name: string,
  named: readonly string[],
  credentialed: boolean,
  added: AddedLines | undefined,
): boolean {
  if (isNeverForwarded(name) || (named.length > 0 && named.includes(name))) return true
  return credentialed && (isCredentialName(name) || added?.names.has(name) === true)
}

/** Asked once for each name; bounded, since an agent makes names up. Gateways read `_` in a name as `-`. */
function remember(judge: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>()
  return (name) => {
    const answer = known.get(name) ?? judge(name.replaceAll("_", "-"))
    if (known.size < 4096) known.set(name, answer)
    return answer
  }
}

const isNeverForwarded = remember((name) => HOP_BY_HOP.has(name) || OVERRIDES.has(name))
const isCredentialName = remember((name) => CREDENTIAL_HEADER.test(name))

function isCredentialed(route: CredentialedRoute): boolean {
  return route.injection !== undefined || route.metering !== undefined
}

/** Would have the upstream act on another method, path or host than the one that was judged. */
const OVERRIDES: ReadonlySet<string> = new Set([
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
  "x-forwarded-host",
  "x-host",
  "forwarded",
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
  "apitoken",
  "sessiontoken",
  "xamzsecuritytoken",
  "subscriptionkey",
  "clientsecret",
  "secretkey",
  "authkey",
  "authorization",
  "auth",
  "token",
])

/** Leaves every other byte of the query as it was: signatures and odd encodings survive. */
function removeQueryKeys(search: string): string {
  if (!/key|token|auth|secret|%/i.test(search)) return search
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

/** Browsers cannot set headers on a WebSocket, so some APIs take a key as a subprotocol. Undefined: nothing stays. */
function withoutKeys(name: string, line: string): string | undefined {
  if (name !== "sec-websocket-protocol" || !PROTOCOL_KEY.test(line)) return line
  const colon = line.indexOf(":")
  const kept = line
    .slice(colon + 1)
    .split(",")
    .filter((protocol) => !PROTOCOL_KEY.test(protocol))
  return kept.length === 0
    ? undefined
    : `${line.slice(0, colon)}: ${kept.map((protocol) => protocol.trim()).join(", ")}`
}

const PROTOCOL_KEY = /api[-_]?key|auth|bearer|token|secret/i

interface AddedLines {
  readonly names: ReadonlySet<string>
  readonly lines: readonly string[]
}

/** Made once for a route: this runs for every request. */
const addedTo = new WeakMap<CredentialedRoute, AddedLines>()

function addedLines(route: CredentialedRoute): AddedLines | undefined {
  const { host, injection, secret } = route
  if (injection === undefined) return undefined
  const known = addedTo.get(route)
  if (known !== undefined) return known
  if (secret === undefined) throw new Error(`Route ${host} injects a credential that was not attached to it`)
  const text = secret.reveal()
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text))
    throw new Error(`The credential of route ${host} is empty or has a character a header cannot carry`)
  const further = Object.entries(injection.withHeaders ?? {})
  const value = injection.template.replaceAll("{secret}", () => text)
  const added = {
    names: new Set([injection.header, ...further.map(([name]) => name)].map((name) => name.toLowerCase())),
    lines: [`${injection.header}: ${value}`, ...further.map(([name, said]) => `${name}: ${said}`)],
  }
  addedTo.set(route, added)
  return added
}
