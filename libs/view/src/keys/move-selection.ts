// Where the keys that move lead: the selected run, the selected denial, or how far a page is
// scrolled. The selection is an id, so it stays on its run when the order changes.

import { listAsks, selectedAsk } from "../ask-list.ts"
import { runsInNeed } from "../attention.ts"
import { type ListRow, listRows, selectedRow } from "../run-rows.ts"
import { listDenials, selectedDenial } from "../screens/denials.ts"
import type { ScreenState } from "../state.ts"
import type { KeyContext } from "./intents.ts"
import { noticeOf } from "./notice.ts"

export function moveSelection(state: ScreenState, by: number, { view, nowMs, maxScroll }: KeyContext): ScreenState {
  const to = (count: number, at: number) =>
    Math.max(
      0,
      Math.min(count - 1, by === Number.NEGATIVE_INFINITY ? 0 : by === Number.POSITIVE_INFINITY ? count - 1 : at + by),
    )
  if (state.page === "overview") {
    const rows = listRows(view, state, nowMs)
    const row = selectedRow(rows, state)
    const at = row === undefined ? 0 : rows.indexOf(row)
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
  return { ...state, scroll: to(maxScroll + 1, Math.min(state.scroll, maxScroll)) }
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
  const row: ListRow | undefined = selectedRow(listRows(context.view, state, context.nowMs), state)
  if (row?.kind === "group") return toggleFold(state, row.name)
  return row === undefined
    ? state
    : { ...state, page: "run", from: "overview", selected: row.run.slug, tab: 0, scroll: 0 }
}

/** The run that waits most for its operator; from there the next one. A filter or a fold does not hide it. */
export function selectNextInNeed(state: ScreenState, { view, nowMs }: KeyContext): ScreenState {
  const runs = runsInNeed(view, nowMs)
  const at = state.selected === state.alerted ? runs.findIndex(({ slug }) => slug === state.alerted) : -1
  const next = runs[(at + 1) % runs.length]
  if (next === undefined) return { ...state, notice: noticeOf("no run is in trouble", { nowMs, isProblem: false }) }
  const found = { ...state, selected: next.slug, alerted: next.slug }
  if (state.page === "run") return { ...found, tab: 0, scroll: 0 }
  return listRows(view, found, nowMs).some(({ id }) => id === next.slug) ? found : { ...found, filter: "", folded: [] }
}

function toggleFold(state: ScreenState, name: string): ScreenState {
  const folded = state.folded.includes(name) ? state.folded.filter((other) => other !== name) : [...state.folded, name]
  return { ...state, folded }
}

export function foldSelected(state: ScreenState, action: "fold" | "unfold", { view, nowMs }: KeyContext): ScreenState {
  const list = listRows(view, state, nowMs)
  const row = selectedRow(list, state)
  if (row?.kind === "run" && action === "fold") {
    const head = list.find((other) => other.kind === "group" && other.runs.includes(row.run))
    return head?.kind === "group" ? { ...toggleFold(state, head.name), selected: head.id } : state
  }
  if (row?.kind !== "group" || row.isFolded === (action === "fold")) return state
  return toggleFold(state, row.name)
}
