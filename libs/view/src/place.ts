// Where the operator is, in few words: enough to start a screen that died where it was.

import type { ScreenPlace } from "@bot-bottle/contracts"
import { PAGES } from "./keys/keys.ts"
import { GROUPS, type ScreenState, SORTS } from "./state.ts"

export function placeOf({ page, selected, tab, filter, sort, isReversed, group }: ScreenState): ScreenPlace {
  return { page, selected: selected ?? null, tab, filter, sort, is_reversed: isReversed, group }
}

/** A place of another build may name what this one does not know: then it is left as it was. */
export function stateAt(place: ScreenPlace | null, state: ScreenState): ScreenState {
  if (place === null) return state
  return {
    ...state,
    page: PAGES.find((page) => page === place.page) ?? state.page,
    selected: place.selected ?? undefined,
    tab: place.tab,
    filter: place.filter,
    sort: SORTS.find((sort) => sort === place.sort) ?? state.sort,
    isReversed: place.is_reversed,
    group: GROUPS.find((group) => group === place.group) ?? state.group,
  }
}
