// Reads one entry of `egress.routes` into the row that policy and credential injection obey.
//
// A route that cannot work is refused here, with its line: a credential on a passthrough tunnel,
// rules on requests nobody reads, an address where only names are judged.

import type { Dlp, Injection, RouteMatch } from "@bot-bottle/contracts"
import { findRouteProblem } from "@bot-bottle/egress/routes"
import type { RouteSpec } from "../manifest.ts"
import {
  type Fields,
  fields,
  flag,
  hasKey,
  numberBetween,
  type Reader,
  reject,
  textAs,
  watched,
} from "../yaml/fields.ts"
import { dlp } from "./dlp.ts"
import { type HostPattern, hostPattern } from "./host.ts"
import { matches } from "./matches.ts"
import { tokenRef } from "./reference.ts"

interface RouteFields {
  host: HostPattern
  port: number
  http: boolean
  deny: boolean
  inspect: boolean
  auth: { readonly injection: Injection; readonly tokenRef: string }
  matches: readonly RouteMatch[]
  dlp: Dlp
}

/** One entry gives one row, except a bare `deny`: that closes HTTPS and plain HTTP, so it gives two. */
export function routeOf(bottle: string): Reader<readonly RouteSpec[]> {
  return (node, outer) => {
    const place = watched(outer)
    const route = readRoute(node, place)
    if (!route) return undefined
    if (!hasKey(node, "host")) reject(node, place, "needs 'host'")
    for (const problem of findContradictions(route)) reject(node, place, problem)
    if (!place.isSound() || !route.host) return undefined

    const rows = rowsOf(route, route.host.value, bottle)
    // The route table refuses what this reports; the operator reads it here, with the line.
    for (const problem of rows.map(findRouteProblem)) {
      if (problem !== undefined) reject(node, place, `cannot work: ${problem}`)
    }
    return place.isSound() ? rows : undefined
  }
}

const readAuthFields = fields<{ scheme: string; header: string; token_ref: string }>({
  scheme: textAs("an authorization scheme such as Bearer", (text) =>
    /^[A-Za-z][A-Za-z0-9-]{0,31}$/.test(text) ? text : undefined,
  ),
  header: textAs("a header name that may carry a credential", parseCredentialHeader),
  token_ref: tokenRef,
})

const auth: Reader<RouteFields["auth"]> = (node, place) => {
  const given = readAuthFields(node, place)
  if (!given) return undefined
  const shaped = hasKey(node, "token_ref") && hasKey(node, "scheme") !== hasKey(node, "header")
  if (!shaped) return reject(node, place, "needs 'token_ref', and either 'scheme' or 'header'", AUTH_HINT)
  if (!given.token_ref || !(given.header ?? given.scheme)) return undefined
  const injection = given.header
    ? { header: given.header.value, template: "{secret}" }
    : { header: "authorization", template: `${given.scheme?.value} {secret}` }
  return { injection, tokenRef: given.token_ref.value }
}

const AUTH_HINT = "for example auth: { scheme: Bearer, token_ref: GITHUB_TOKEN }"

const readRoute = fields<RouteFields>({
  host: hostPattern,
  port: numberBetween(1, 65_535, { whole: true }),
  http: flag,
  deny: flag,
  inspect: flag,
  auth,
  matches,
  dlp,
})

function findContradictions(route: Fields<RouteFields>): readonly string[] {
  const plain = route.http?.value === true
  const denies = route.deny?.value === true
  const passesThrough = route.inspect?.value === false
  const contradictions: readonly (readonly [boolean, string])[] = [
    [passesThrough && route.auth !== undefined, "has 'auth', which 'inspect: false' cannot add to a request"],
    [passesThrough && route.matches !== undefined, "has 'matches', which 'inspect: false' cannot read"],
    [passesThrough && route.dlp !== undefined, "has 'dlp', which 'inspect: false' cannot look for"],
    [passesThrough && plain, "has 'http: true' and 'inspect: false'; plain HTTP is always inspected"],
    [denies && route.auth !== undefined, "has 'auth' and 'deny: true'; nothing is sent there"],
    [denies && route.dlp !== undefined, "has 'dlp' and 'deny: true'; nothing is sent there"],
    [denies && passesThrough, "has 'inspect: false' and 'deny: true'; nothing is sent there"],
    [
      route.host?.value.kind === "ip" && !passesThrough && !plain && !denies,
      "is an IP address; it needs 'inspect: false' or 'http: true', because no certificate names it",
    ],
  ]
  return contradictions.filter(([holds]) => holds).map(([, problem]) => problem)
}

function rowsOf(route: Fields<RouteFields>, host: HostPattern, bottle: string): readonly RouteSpec[] {
  const denies = route.deny?.value === true
  const row = (scheme: RouteSpec["scheme"]): RouteSpec => ({
    host: host.text,
    port: route.port?.value ?? (scheme === "http" ? 80 : 443),
    scheme,
    effect: denies ? "deny" : "allow",
    inspect: route.inspect?.value ?? true,
    matches: route.matches?.value ?? "every",
    ...route.auth?.value,
    ...(route.dlp === undefined ? {} : { dlp: route.dlp.value }),
    origin: `bottle ${bottle}`,
  })
  if (denies && route.http === undefined) return [row("https"), row("http")]
  return [row(route.http?.value === true ? "http" : "https")]
}

/** Headers that frame or route a request are not the operator's to write. */
const FRAMING =
  /^(?:host|connection|content-length|content-type|content-encoding|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|sec-.*|cookie)$/

function parseCredentialHeader(text: string): string | undefined {
  const name = text.toLowerCase()
  return /^[a-z][a-z0-9-]{0,63}$/.test(name) && !FRAMING.test(name) ? name : undefined
}
