// Asks a route table about one request as the proxy does: the tunnel's decision, then the request's. Addresses, credentials and budgets are not judged here.

import type { Authority, Route, RouteDenial } from "@bot-bottle/contracts"
import { createRouteTable, type RouteTable } from "@bot-bottle/egress/routes"
import type { PolicyRequest } from "./request.ts"

/** Routes as manifests and providers make them, without credentials. */
export interface PolicyRoute extends Route {
  /** `~/.bot-bottle/bottles/dev.md:7`. Absent: a provider's own. */
  readonly at?: string
}

export type Verdict =
  | {
      readonly outcome: "allow"
      /** False when the bytes pass uninspected: then only host and port count. */
      readonly inspected: boolean
      readonly route: PolicyRoute
    }
  | {
      readonly outcome: "deny"
      readonly reason: RouteDenial
      /** The deny route that refused, or the allow route of the host that does not cover the request. */
      readonly route?: PolicyRoute
      /** One clause, when the reason alone does not say what is wrong. */
      readonly detail?: string
    }

export type PolicyTable = RouteTable<PolicyRoute>

/** Throws OperatorProblem for routes that are unsound or contradict each other. */
export function tableOf(routes: readonly PolicyRoute[]): PolicyTable {
  return createRouteTable(routes)
}

export function judge(table: RouteTable<PolicyRoute>, request: PolicyRequest): Verdict {
  const { host, kind, port, scheme } = request
  const authority: Authority = { host, kind, port }
  const tunnel = table.decideTunnel(authority, scheme)
  if (tunnel.outcome === "deny") return denied(tunnel, findDenial(table, request))
  const [widest] = findSpeakers(table, request)
  if (!tunnel.inspect && scheme === "https" && widest !== undefined)
    return { outcome: "allow", inspected: false, route: widest }
  const decision = table.decideRequest(authority, scheme, request)
  if (decision.outcome === "allow") return { outcome: "allow", inspected: true, route: decision.route }
  return denied(decision, findDenial(table, request) ?? widest)
}

interface Denied {
  readonly reason: RouteDenial
  readonly detail?: string
}

function denied({ reason, detail }: Denied, route: PolicyRoute | undefined): Verdict {
  return {
    outcome: "deny",
    reason,
    ...(route === undefined ? {} : { route }),
    ...(detail === undefined ? {} : { detail }),
  }
}

/** The first deny route that covers the request. */
function findDenial({ routes }: RouteTable<PolicyRoute>, request: PolicyRequest): PolicyRoute | undefined {
  const { host, kind, port, scheme } = request
  const open: Route = { host, port, scheme, effect: "allow", inspect: true, matches: "every", origin: "" }
  return byReach(routes.filter(({ effect, port: of }) => effect === "deny" && of === port)).find((route) => {
    if (kind === "ip" && route.host !== host) return false
    const table = createRouteTable<PolicyRoute>([kind === "ip" ? { ...open, scheme: "http" } : open, route])
    const place = { host, kind, port }
    const plain = kind === "ip" ? "http" : scheme
    if (table.decideTunnel(place, plain).outcome === "deny") return true
    const decision = table.decideRequest(place, plain, request)
    // With a detail it is the request itself that no rule lets through.
    return decision.outcome === "deny" && decision.detail === undefined
  })
}

/** The allow routes that speak for the request's place. The most specific host speaks alone. */
export function findSpeakers({ routes }: RouteTable<PolicyRoute>, request: PolicyRequest): readonly PolicyRoute[] {
  const { host, kind, port, scheme } = request
  const speaking = byReach(routes.filter(({ effect }) => effect === "allow")).filter(
    (route) => aloneTable(route).decideTunnel({ host, kind, port }, scheme).outcome === "allow",
  )
  return speaking.filter((route) => route.host === speaking[0]?.host)
}

/** The narrowest host first. */
function byReach(routes: readonly PolicyRoute[]): readonly PolicyRoute[] {
  const labels = ({ host }: Route) => (host.startsWith("*.") ? host.split(".").length : Number.POSITIVE_INFINITY)
  return routes.toSorted((a, b) => labels(b) - labels(a))
}

const alone = new WeakMap<PolicyRoute, RouteTable<PolicyRoute>>()

/** Made once a route: a log has many requests. */
function aloneTable(route: PolicyRoute): RouteTable<PolicyRoute> {
  const made = alone.get(route) ?? createRouteTable([route])
  alone.set(route, made)
  return made
}
