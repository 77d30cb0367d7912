// The last line: the keys of this page, the filter while it is typed, or how an action ended.

import { listAsks } from "../ask-list.ts"
import { type Frame, type Part, part } from "../frame.ts"
import type { Action } from "../keys.ts"
import { bold, fit, type Span, type Spot, span, widthOf } from "../line.ts"
import { listRows } from "../run-rows.ts"
import { suggestRoute } from "../suggest-route.ts"
import { counted, plain } from "../text.ts"
import { selectedDenial } from "./denials.ts"

export function footer(frame: Frame): Part {
  const { state, glyphs, columns, nowMs } = frame
  if (state.isFiltering) return part([filterLine(frame)])
  if (state.notice !== undefined && nowMs < state.notice.untilMs) {
    const { text, hint, isProblem } = state.notice
    const spans = [
      span(` ${plain(text)}`, isProblem ? "bad" : "ok"),
      ...(hint === undefined ? [] : [span(`  ${plain(hint)}`, "dim")]),
    ]
    return part([fit({ spans }, columns, glyphs.ellipsis)])
  }
  const spans: Span[] = []
  const spots: Spot[] = []
  for (const { key, word } of wordsOf(frame)) {
    const next = [span(spans.length === 0 ? " " : "  "), bold(key, "accent"), span(` ${word}`, "dim")]
    if (widthOf(spans) + widthOf(next) > columns) break
    const from = widthOf(spans) + (spans.length === 0 ? 1 : 2)
    spans.push(...next)
    spots.push({ row: 0, from, to: widthOf(spans), does: { kind: "key", key } })
  }
  return part([{ spans }], spots)
}

interface KeyWord {
  readonly key: string
  readonly word: string
}

/** Where there is no run to act on, keys that act on one would be noise. */
const WITHOUT_RUNS: ReadonlyMap<Action, string> = new Map([
  ["past", "past runs"],
  ["usage", "usage"],
  ["help", "keys"],
  ["quit", "quit"],
])

function wordsOf(frame: Frame): readonly KeyWord[] {
  const { state, view, nowMs, bindings } = frame
  const hasRow = hasSelection(frame)
  const here = bindings.filter(
    ({ pages, action, section }) =>
      pages.includes(state.page) &&
      (hasRow || !(section === "run" || action === "open" || action === "copy")) &&
      (state.page !== "denials" || hasRoute(frame) || !NEEDS_ROUTE.has(action)),
  )
  // Below the overview the keys of the page come first.
  if (state.page !== "overview") here.sort((a, b) => Number(GENERAL.has(a.action)) - Number(GENERAL.has(b.action)))
  const hasRuns = listRows(view, { ...state, filter: "" }, nowMs).length > 0
  return here.flatMap(({ action, keys: [key], word }) => {
    const shown = state.page === "overview" && !hasRuns ? WITHOUT_RUNS.get(action) : word
    return key === undefined || shown === undefined ? [] : [{ key, word: shown }]
  })
}

const GENERAL: ReadonlySet<Action> = new Set(["help", "quit"])
const NEEDS_ROUTE: ReadonlySet<Action> = new Set(["copy", "allow"])

/** Of the selected denial: some are refused whatever the routes say. */
function hasRoute({ view, state }: Frame): boolean {
  const selected = selectedDenial(view, state.denial)
  return selected !== undefined && suggestRoute(selected).outcome === "route"
}

/** Where nothing is listed, there is nothing to act on. */
function hasSelection({ state, view, nowMs }: Frame): boolean {
  if (state.page === "denials") return view.denials.size > 0
  return state.page !== "asks" || listAsks(view, nowMs).length > 0
}

function filterLine(frame: Frame) {
  const { state, glyphs, columns } = frame
  const matches = listRows(frame.view, state, frame.nowMs).filter(({ kind }) => kind === "run").length
  const spans = [
    bold(" / ", "accent"),
    span(`${plain(state.filter)}${glyphs.caret}`),
    span(`   ${counted(matches, "match", "matches")}   `, "dim"),
    bold("enter", "accent"),
    span(" keep  ", "dim"),
    bold("esc", "accent"),
    span(" clear", "dim"),
  ]
  return fit({ spans }, columns, glyphs.ellipsis)
}
