// Keeps one site a place, so that all that can be known before the first request is known once.
//
// Bounded: a bottle may ask for any number of names. A site that goes takes its idle connections
// along; requests under way keep theirs.

import type { Authority } from "@bot-bottle/contracts"
import { Place, type PlaceOptions, type Scheme } from "../place.ts"
import { PlaceSite, type PlaceSiteOptions } from "./place-site.ts"

export interface Sites {
  of(authority: Authority, scheme: Scheme): PlaceSite
}

const MAX_SITES = 1024

export function createSites(place: PlaceOptions, site: PlaceSiteOptions, maxSites = MAX_SITES): Sites {
  /** In order of last use. */
  const made = new Map<string, PlaceSite>()
  return {
    of(authority, scheme) {
      const key = `${scheme}://${authority.host}:${authority.port}`
      const found = made.get(key) ?? new PlaceSite(new Place(authority, scheme, place), site)
      made.delete(key)
      const oldest = made.keys().next().value
      if (made.size >= maxSites && oldest !== undefined) made.delete(oldest)
      made.set(key, found)
      return found
    },
  }
}
