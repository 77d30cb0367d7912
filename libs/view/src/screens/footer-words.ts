// The words of the footer: the keys that do something here, for the row that is selected.

import type { RunRow } from "@bot-bottle/contracts"
import { listAsks } from "../ask-list.ts"
import type { Frame } from "../frame.ts"
import type { RunView } from "../host-view.ts"
import type { Action, Binding } from "../keys/keys.ts"
import { listRows, selectedRow, shownRuns } from "../run-rows.ts"
import { suggestRoute } from "../suggest-route.ts"
import { selectedDenial } from "./denials.ts"

export interface KeyWord {
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

export function wordsOf(frame: Frame): readonly KeyWord[] {
  const { state, view, nowMs, bindings } = frame
  const hasRow = hasSelection(frame)
  const canAct = hasRow && (state.page !== "overview" || state.marked.length > 0 || !isOnGroup(frame))
  const here = bindings.filter(
    ({ pages, action, section }) =>
      pages.includes(state.page) &&
      (hasRow || action !== "open") &&
      (canAct || !(section === "run" || action === "copy")) &&
      (state.page !== "denials" || hasRoute(frame) || !NEEDS_ROUTE.has(action)),
  )
  const run = runActedOn(frame)
  // Below the overview the keys of the page come first.
  if (state.page !== "overview") here.sort((a, b) => Number(GENERAL.has(a.action)) - Number(GENERAL.has(b.action)))
  const wordIn = (binding: Binding) => (binding.action === "open" && isOnGroup(frame) ? "fold" : wordFor(binding, run))
  const hasRuns = listRows(view, { ...state, filter: "" }, nowMs).length > 0
  return here.flatMap((binding) => {
    const {
      action,
      keys: [key],
    } = binding
    const shown = state.page === "overview" && !hasRuns ? WITHOUT_RUNS.get(action) : wordIn(binding)
    return key === undefined || shown === undefined ? [] : [{ key, word: shown }]
  })
}

/** In which states of a run the key does something. Others do in all. */
const FITS: Readonly<Partial<Record<Action, readonly RunRow["status"][]>>> = {
  cutoff: ["running"],
  restore: ["cut", "frozen", "ended"],
  freeze: ["running", "cut"],
  attach: ["running", "cut"],
  forward: ["running", "cut"],
  kill: ["running", "cut", "frozen", "ended"],
  budget: ["running", "cut", "frozen", "ended"],
}

function wordFor({ action, word }: Binding, run: RunView | undefined): string | undefined {
  if (run === undefined) return word
  if (FITS[action]?.includes(run.status) === false) return undefined
  return action === "restore" ? (run.status === "cut" ? "restore" : "resume") : word
}

/** The one that a key of this page would act on. */
function runActedOn({ state, view, nowMs }: Frame): RunView | undefined {
  if (state.page === "run")
    return shownRuns(view, { ...state, filter: "" }, nowMs).find(({ slug }) => slug === state.selected)
  if (state.page !== "overview" || state.marked.length > 0) return undefined
  const row = selectedRow(listRows(view, state, nowMs), state)
  return row?.kind === "run" ? row.run : undefined
}

const GENERAL: ReadonlySet<Action> = new Set(["help", "quit"])
const NEEDS_ROUTE: ReadonlySet<Action> = new Set(["copy", "allow"])

/** Of the selected denial: some are refused whatever the routes say. */
function hasRoute({ view, state }: Frame): boolean {
  const selected = selectedDenial(view, state.denial)
  return selected !== undefined && suggestRoute(selected).outcome === "route"
}

/** A key cannot act on the head of a group; opening it folds it. */
function isOnGroup({ state, view, nowMs }: Frame): boolean {
  return selectedRow(listRows(view, state, nowMs), state)?.kind === "group"
}

/** Where nothing is listed, there is nothing to act on. */
function hasSelection({ state, view, nowMs }: Frame): boolean {
  if (state.page === "overview") return state.marked.length > 0 || listRows(view, state, nowMs).length > 0
  if (state.page === "denials") return view.denials.size > 0
  return state.page !== "asks" || listAsks(view, nowMs).length > 0
}
