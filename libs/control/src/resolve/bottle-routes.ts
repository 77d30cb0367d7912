// The routes of a bottle as its proxy would have them, without a credential and without a run. This
// needs no key, so the policy can be asked anywhere.

import { type Route, siteOf } from "@bot-bottle/contracts"
import type { BottleManifest, PlacedRoute } from "@bot-bottle/manifest"
import { findProviders } from "./launch-providers.ts"

/** `at` is where a manifest says it; absent from a provider's own. */
export type BottleRoute = Route & Partial<Pick<PlacedRoute, "at">>

/** A manifest's route for a place stands before a provider's, as at a launch. */
export async function listBottleRoutes(bottle: BottleManifest, root: string): Promise<readonly BottleRoute[]> {
  const { provider, metered } = await findProviders(bottle, root)
  const offered = [...new Set([provider, ...metered])].flatMap(({ routes }) => routes)
  const claimed = new Set(bottle.routes.filter(({ effect }) => effect === "allow").map(siteOf))
  const own = bottle.routes.map(({ tokenRef: _, ...route }) => plain(route, offered))
  return [...own, ...offered.filter((route) => !claimed.has(siteOf(route)))]
}

/** A launch adds these fields to a route of a billed host. No verdict depends on them, but rows of one host must agree. */
function plain(route: PlacedRoute, offered: readonly Route[]): BottleRoute {
  const provided = offered.find((other) => siteOf(other) === siteOf(route))
  if (provided === undefined || route.effect === "deny") return route
  const { injection, metering } = provided
  return {
    ...route,
    ...(injection === undefined ? {} : { injection }),
    ...(metering === undefined ? {} : { metering }),
  }
}
