// Decides which of a launch's routes let a request through at all, for people and agents who read
// where a bottle may go. The proxy judges each request by itself. Pure.

import type { CredentialedRoute, RouteMatch } from "@bot-bottle/contracts"

/** Without the hosts that a rule closes whole: a provider's host that its credential does not open. */
export function listOpenRoutes(routes: readonly CredentialedRoute[]): readonly CredentialedRoute[] {
  const closed = routes.filter(({ effect, matches }) => effect === "deny" && coversEverything(matches))
  return routes.filter((route) => route.effect === "allow" && !closed.some((other) => isSameSite(route, other)))
}

function coversEverything(matches: CredentialedRoute["matches"]): boolean {
  return matches === "every" || matches.some(isWhole)
}

function isWhole({ methods, paths, headers }: RouteMatch): boolean {
  const anyPath = paths === "every" || paths.some(({ type, value }) => type === "prefix" && value === "/")
  return methods === "every" && anyPath && headers.length === 0
}

function isSameSite(one: CredentialedRoute, other: CredentialedRoute): boolean {
  return one.host === other.host && one.port === other.port && one.scheme === other.scheme
}
