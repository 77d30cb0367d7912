// Makes routes of what the operator granted at run time.
//
// A grant opens a host and nothing else: it carries no credential and no meter. Where the bottle
// lists the very place with one of these, or passes its bytes through, the bottle's own row stands
// alone.

import type { Ask, CredentialedRoute, Dlp, RouteMatch } from "@bot-bottle/contracts"
import { findRouteProblem } from "@bot-bottle/egress"

/** An operator's yes, by the number of its question. */
export interface Grant {
  readonly id: number
  readonly ask: Ask
}

/** `dlp`: the bottle's own rule, for every route that does not say otherwise. */
export function grantedRoutes(
  grants: readonly Grant[],
  listed: readonly CredentialedRoute[],
  dlp: Dlp | undefined,
): readonly CredentialedRoute[] {
  return grants.flatMap((grant) => {
    const route = routeOf(grant)
    // The ledger holds what an operator typed: a grant that cannot be obeyed opens nothing.
    if (route === undefined || findRouteProblem(route) !== undefined) return []
    const neighbors = listed.filter(
      ({ host, port, scheme, effect }) =>
        effect === "allow" && host === route.host && port === route.port && scheme === route.scheme,
    )
    if (neighbors.some((neighbor) => !isBare(neighbor))) return []
    // Rows of one place must agree on it.
    const rule = neighbors.length === 0 ? dlp : neighbors[0]?.dlp
    return [{ ...route, ...(rule === undefined ? {} : { dlp: rule }) }]
  })
}

/** True for a route that a grant can stand beside. */
export function isBare(route: CredentialedRoute): boolean {
  return route.inspect && OF_ONE_ROUTE.every((field) => route[field] === undefined)
}

/** The fields whose routes share their place with no grant. Complete, so that a new field is judged. */
const IS_OF_ONE_ROUTE: Readonly<Record<keyof CredentialedRoute, boolean>> = {
  injection: true,
  metering: true,
  secret: true,
  login: true,
  ownAnswer: true,
  // Judged by its value, above.
  inspect: false,
  // A grant takes it over.
  dlp: false,
  host: false,
  port: false,
  scheme: false,
  effect: false,
  matches: false,
  origin: false,
}
const OF_ONE_ROUTE = (Object.keys(IS_OF_ONE_ROUTE) as (keyof CredentialedRoute)[]).filter((key) => IS_OF_ONE_ROUTE[key])

function routeOf({ id, ask }: Grant): CredentialedRoute | undefined {
  const origin = `approval #${id}`
  const common = { effect: "allow", inspect: true, origin } as const
  if (ask.kind === "hold" && ask.cause === "host-not-allowed") {
    const { host, port, scheme = "https" } = ask
    return { ...common, host, port, scheme, matches: "every" }
  }
  if (ask.kind === "route") {
    const { host, methods, paths } = ask
    return { ...common, host, port: 443, scheme: "https", matches: matchesOf(methods, paths) }
  }
  return undefined
}

function matchesOf(
  methods: readonly string[] | undefined,
  paths: readonly string[] | undefined,
): "every" | readonly RouteMatch[] {
  if (methods === undefined && paths === undefined) return "every"
  return [
    {
      methods: methods ?? "every",
      paths: paths === undefined ? "every" : paths.map((value) => ({ type: "prefix", value })),
      headers: [],
    },
  ]
}
