// Decides whether a tunnel may open and whether a request in it may leave.
//
// Pure: no clock, no DNS, no config. The decision carries the route that made it, because
// policy, credential injection, the log and the dashboard all read that one row.
//
//   INV-1  No matching route means deny. There is no "default allow" setting.
//   A deny route beats every allow route, whatever their order.

import type { Authority, Route, RouteDenial } from "@bot-bottle/contracts"
import { parsePath } from "./path-form.ts"
import { createRouteIndex, type HostRules } from "./route-index.ts"

export interface EgressRequest {
  readonly method: string
  /** Path without query, as received: it is judged and forwarded in one normal form. */
  readonly path: string
  /** Lower-case name to value. */
  readonly headers: Readonly<Record<string, string>>
}

export interface EgressDenial {
  readonly outcome: "deny"
  readonly reason: RouteDenial
  /** The route that refused, when one did. */
  readonly rule?: string
  /** The refused part of the request, when the reason alone does not name it. */
  readonly detail?: string
}

export type TunnelDecision =
  /** `inspect: false` when the tunnel is to be passthrough. */
  { readonly outcome: "allow"; readonly inspect: boolean; readonly rule: string } | EgressDenial

export type RequestDecision<R extends Route> =
  | {
      readonly outcome: "allow"
      readonly route: R
      /** Normal form to forward. */
      readonly path: string
      readonly rule: string
    }
  | EgressDenial

export interface RouteTable<R extends Route> {
  readonly routes: readonly R[]
  /** Before any DNS lookup and any TLS. */
  decideTunnel(authority: Authority, scheme: "https" | "http"): TunnelDecision
  /** On every request of a tunnel. */
  decideRequest(authority: Authority, scheme: "https" | "http", request: EgressRequest): RequestDecision<R>
}

/**
 * Among allow routes the most specific host that names this port and scheme speaks alone: a
 * wildcard does not widen what a route for the very name narrows. Throws OperatorProblem for
 * routes that are unsound or contradict each other.
 */
export function createRouteTable<R extends Route>(routes: readonly R[]): RouteTable<R> {
  const findHostRules = createRouteIndex(routes)

  function decideTunnel(authority: Authority, scheme: "https" | "http"): TunnelDecision {
    const rules = findHostRules(authority, scheme)
    if (rules.outcome !== "open") return rules
    if (!rules.inspect && scheme === "https" && rules.denies[0] !== undefined) {
      const detail = "a deny rule on requests covers this host, and passthrough bytes cannot be judged"
      return { outcome: "deny", reason: "method-or-path-not-allowed", rule: rules.denies[0].name, detail }
    }
    return { outcome: "allow", inspect: rules.inspect, rule: rules.allows[0].name }
  }

  function decideRequest(authority: Authority, scheme: "https" | "http", request: EgressRequest): RequestDecision<R> {
    const rules = findHostRules(authority, scheme)
    if (rules.outcome !== "open") return rules

    const method = request.method.toUpperCase()
    if (NEVER_FORWARDED.has(method)) return refuse(rules, `the method ${method} is never forwarded`)
    const form = rules.readsPath ? parsePath(request.path) : keepPath(request.path)
    if (form.kind === "ambiguous") return refuse(rules, form.detail)

    const judged = { method, path: form.path, headers: request.headers }
    for (const deny of rules.denies)
      if (deny.covers(judged)) return { outcome: "deny", reason: "method-or-path-not-allowed", rule: deny.name }
    for (const { covers, route, name } of rules.allows)
      if (covers(judged)) return { outcome: "allow", route, path: form.path, rule: name }
    return refuse(rules, "no match of the route covers this method, path and headers")
  }

  return { routes, decideTunnel, decideRequest }
}

/** CONNECT chains proxies; TRACE answers with the request, injected credential and all. */
const NEVER_FORWARDED = new Set(["CONNECT", "TRACE", "TRACK"])

/** Without path rules a path leaves as it came, as long as it is one. */
function keepPath(path: string): ReturnType<typeof parsePath> {
  if (/^\/[\x21\x22\x24-\x3e\x40-\x7e]*$/.test(path)) return { kind: "path", path }
  return { kind: "ambiguous", detail: "path does not begin with a slash or has a byte no path can have" }
}

function refuse<R extends Route>(rules: HostRules<R>, detail: string): EgressDenial {
  return { outcome: "deny", reason: "method-or-path-not-allowed", rule: rules.allows[0].name, detail }
}
