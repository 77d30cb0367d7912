// Where the keys that move lead: the selected run, the selected denial, or how far a page is
// scrolled. The selection is an id, so it stays on its run when the order changes.

import { listAsks, selectedAsk } from "./ask-list.ts"
import type { HostView } from "./host-view.ts"
import type { KeyContext } from "./intents.ts"
import { type ListRow, listRows, selectedRow } from "./run-rows.ts"
import { listDenials, selectedDenial } from "./screens/denials.ts"
import { type ScreenState, TABS } from "./state.ts"

export function moveSelection(state: ScreenState, by: number, { view, nowMs }: KeyContext): ScreenState {
  const to = (count: number, at: number) =>
    Math.max(
      0,
      Math.min(count - 1, by === Number.NEGATIVE_INFINITY ? 0 : by === Number.POSITIVE_INFINITY ? count - 1 : at + by),
    )
  if (state.page === "overview") {
    const rows = listRows(view, state, nowMs)
    const at = Math.max(
      0,
      rows.findIndex(({ id }) => id === state.selected),
    )
    return { ...state, selected: rows[to(rows.length, at)]?.id }
  }
  if (state.page === "denials") {
    const all = listDenials(view)
    const at = Math.max(
      0,
      all.findIndex(({ key }) => key === state.denial),
    )
    return { ...state, denial: all[to(all.length, at)]?.key }
  }
  if (state.page === "asks") {
    const all = listAsks(view, nowMs)
    const at = Math.max(
      0,
      all.findIndex(({ id }) => id === state.ask),
    )
    return { ...state, ask: all[to(all.length, at)]?.id }
  }
  const count = scrollCount(state, view)
  return { ...state, scroll: to(count, Math.min(state.scroll, count)) }
}

/** How many lines there are to scroll over, about: the page shows its end at the latest. */
function scrollCount(state: ScreenState, view: HostView): number {
  if (state.page === "usage") return state.usage.rows?.length ?? 0
  if (state.page !== "run") return 40
  const run = view.runs.get(state.selected ?? "")
  const tab = TABS[state.tab] ?? "requests"
  switch (tab) {
    case "requests":
      return run?.requests.length ?? 0
    case "denials":
      return 6 * [...view.denials.values()].filter(({ slug }) => slug === state.selected).length
    case "history":
      return view.history.filter(({ slug }) => slug === state.selected).length
    case "manifest":
    case "provenance":
      return state.pages.get(`${tab} ${state.selected}`)?.length ?? 0
  }
}

export function openSelected(state: ScreenState, context: KeyContext): ScreenState {
  if (state.page === "denials") {
    const slug = selectedDenial(context.view, state.denial)?.slug
    return slug === undefined || !context.view.runs.has(slug)
      ? state
      : { ...state, page: "run", from: "denials", selected: slug, tab: 1, scroll: 0 }
  }
  if (state.page === "asks") {
    const slug = selectedAsk(context.view, state.ask, context.nowMs)?.slug
    return slug === undefined || !context.view.runs.has(slug)
      ? state
      : { ...state, page: "run", from: "asks", selected: slug, tab: 0, scroll: 0 }
  }
  const row: ListRow | undefined = selectedRow(listRows(context.view, state, context.nowMs), state.selected)
  if (row?.kind === "group") return toggleFold(state, row.name)
  return row === undefined
    ? state
    : { ...state, page: "run", from: "overview", selected: row.run.slug, tab: 0, scroll: 0 }
}

function toggleFold(state: ScreenState, name: string): ScreenState {
  const folded = state.folded.includes(name) ? state.folded.filter((other) => other !== name) : [...state.folded, name]
  return { ...state, folded }
}

export function foldSelected(state: ScreenState, action: "fold" | "unfold", { view, nowMs }: KeyContext): ScreenState {
  const row = selectedRow(listRows(view, state, nowMs), state.selected)
  if (row?.kind !== "group" || row.isFolded === (action === "fold")) return state
  return toggleFold(state, row.name)
}
