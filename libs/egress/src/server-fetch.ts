// Decides whether a host that a provider would reach on the agent's word is on the route list, and
// whole. Nobody here sees the path or the method of such a request. So a route that allows some
// requests only does not cover it, nor one beside a deny rule.
//
//   INV-112  A request by which the provider itself would fetch for the agent leaves only if the
//            route list covers all its targets, unless the operator allows more.

import { parseHostname, type Route } from "@bot-bottle/contracts"

/** `host` as a request names it, or `*.` and a name for all below it. */
export function isFetchListed(routes: readonly Route[], host: string): boolean {
  const isBelow = host.startsWith("*.")
  const name = parseHostname(isBelow ? host.slice(2) : host)
  if (name.kind === "malformed" || (isBelow && name.kind === "ip")) return false
  const wanted = isBelow ? `*.${name.host}` : name.host
  const https = routes.filter(({ port }) => port === 443)
  if (https.some((route) => route.effect === "deny" && overlaps(route.host, wanted))) return false

  const allows = https.filter(({ effect, scheme }) => effect === "allow" && scheme === "https")
  // A narrower route below speaks for its host alone, and may be limited.
  if (isBelow && allows.some((route) => covers(wanted, route.host) && !isWhole(route, allows))) return false
  const speaking = allows
    .filter((route) => covers(route.host, wanted))
    .toSorted((a, b) => b.host.length - a.host.length)
  // The exact name is shorter than nothing: `a.b` before `*.b`.
  const nearest = speaking.find((route) => route.host === wanted) ?? speaking[0]
  return nearest !== undefined && isWhole(nearest, allows)
}

/** Names that a provider's own filter may be given: those of routes that cover their host whole. */
export function listFetchableNames(routes: readonly Route[]): readonly string[] {
  const listed = routes.filter(
    ({ effect, scheme, port, host }) =>
      effect === "allow" &&
      scheme === "https" &&
      port === 443 &&
      parseHostname(host.replace(/^\*\./, "")).kind === "name",
  )
  return [
    ...new Set(listed.filter(({ host }) => isFetchListed(routes, host)).map(({ host }) => host.replace(/^\*\./, ""))),
  ]
}

/** Some row of its host covers every request. */
function isWhole({ host }: Route, allows: readonly Route[]): boolean {
  return allows.some((route) => route.host === host && route.matches === "every")
}

function covers(pattern: string, host: string): boolean {
  return (
    pattern === host ||
    (pattern.startsWith("*.") && host.replace(/^\*/, "").endsWith(pattern.slice(1)) && host !== pattern.slice(2))
  )
}

function overlaps(one: string, other: string): boolean {
  return covers(one, other) || covers(other, one)
}
