// Knows which places are a provider's host, whether or not a route is in force: a refusal there
// must have the shape that makes the provider's clients stop.

import { type Authority, type CredentialedRoute, OperatorProblem } from "@bot-bottle/contracts"
import { createRouteTable, type RouteTable } from "@bot-bottle/egress"
import { findProviderHost, type ProviderHost } from "@bot-bottle/model-apis"

export interface MeteredHosts {
  find(authority: Authority, scheme: "https" | "http"): ProviderHost | undefined
}

/** Throws OperatorProblem for a route whose API this build cannot read: it must not be metered silently. */
export function createMeteredHosts(routes: readonly CredentialedRoute[]): MeteredHosts {
  const allowed = routes.filter(({ effect, metering }) => effect === "allow" && metering !== undefined)
  const names = [...new Set(allowed.map(({ metering }) => metering?.api ?? ""))]
  const tables = names.map((name): readonly [ProviderHost, RouteTable<CredentialedRoute>] => [
    loadProviderHost(name),
    createRouteTable(allowed.filter(({ metering }) => metering?.api === name)),
  ])

  return {
    find: (authority, scheme) =>
      tables.find(([, table]) => table.decideTunnel(authority, scheme).outcome === "allow")?.[0],
  }
}

export function loadProviderHost(name: string): ProviderHost {
  const host = findProviderHost(name)
  if (host !== undefined) return host
  throw new OperatorProblem(`a route is metered as '${name}', which this version cannot read`, {
    hint: "use a provider this version has, or a newer bot-bottle",
  })
}
