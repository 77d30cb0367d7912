// Decides whether a tunnel may open and whether a request in it may leave.
//
// Pure: no clock, no DNS, no config. The decision carries the route that made it, because
// policy, credential injection, the log and the dashboard all read that one row.
//
//   INV-1  No matching route means deny. There is no "default allow" setting.
//   INV-2  A deny route beats every allow route, whatever their order.

import type { Authority, DenialReason, Route } from "@bot-bottle/contracts"

export interface EgressRequest {
  readonly method: string
  /** Path without query, as received: it is judged and forwarded in one normal form. */
  readonly path: string
  /** Lower-case name to value. */
  readonly headers: Readonly<Record<string, string>>
}

export type TunnelDecision =
  /** `inspect: false` when the tunnel is to be spliced. */
  | { readonly outcome: "allow"; readonly inspect: boolean; readonly rule: string }
  | { readonly outcome: "deny"; readonly reason: DenialReason; readonly rule?: string }

export type RequestDecision<R extends Route> =
  | { readonly outcome: "allow"; readonly route: R /** Normal form to forward. */; readonly path: string }
  | { readonly outcome: "deny"; readonly reason: DenialReason; readonly rule?: string }

export interface RouteTable<R extends Route> {
  readonly routes: readonly R[]
  /** Before any DNS lookup and any TLS. */
  decideTunnel(authority: Authority, scheme: "https" | "http"): TunnelDecision
  /** On every request of a tunnel. */
  decideRequest(authority: Authority, scheme: "https" | "http", request: EgressRequest): RequestDecision<R>
}

export function createRouteTable<R extends Route>(routes: readonly R[]): RouteTable<R> {
  throw new Error(`to be built: ${routes}`)
}
