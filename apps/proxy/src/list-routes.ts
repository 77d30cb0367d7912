// The public part of the routes in force: never a credential, not even that a route has one.

import type { CredentialedRoute, ListedRoute } from "@bot-bottle/contracts"

export function listRoutes(routes: readonly CredentialedRoute[]): readonly ListedRoute[] {
  return routes.map(({ host, port, scheme, effect, inspect, matches }) => ({
    host,
    port,
    scheme,
    effect,
    inspect,
    matches,
  }))
}
