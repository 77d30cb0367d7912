// The effect of a key: the next state, and the requests to the process that watches. Pure: the same
// view, state, key and time give the same answer.
//
// An action takes the run that is shown as selected, by its id and never by its row.

import type { RunView } from "../host-view.ts"
import { isLive, listRows, selectedRow, shownRuns } from "../run-rows.ts"
import { selectedDenial } from "../screens/denials.ts"
import { GROUPS, type ScreenState, SORTS, TABS, USAGE_KEYS } from "../state.ts"
import { suggestRoute } from "../suggest-route.ts"
import { actOnDenial, answerAsk } from "./act-on-row.ts"
import type { Intent, KeyContext, Pressed } from "./intents.ts"
import { type Action, actionFor, BINDINGS, bindingsFor, type Page } from "./keys.ts"
import { foldSelected, moveSelection, openSelected, selectNextInNeed } from "./move-selection.ts"
import { noticeOf, refuse } from "./notice.ts"
import { openBudgetDialog, openDialog, pasteInDialog, pressInDialog } from "./press-in-dialog.ts"

/** Runs whose changed files are counted for the question before a kill. */
const MAX_COMPARED = 5
/** The order holds still for so long after a key. */
const HOLD_ORDER_MS = 3_000

/** While a filter is typed, these still move the selection; letters are text. */
const MOVES: ReadonlySet<string> = new Set(["up", "down", "pgup", "pgdn"])

/** `key`: one printable character, or a name: enter, esc, up, pgdn, tab, space, backspace, ctrl-c. */
export function pressKey(before: ScreenState, key: string, context: KeyContext): Pressed {
  const state = holdOrder(keepSelection(clearProblem(before), context), context)
  if (key === "ctrl-c") return done(state, [{ kind: "quit" }])
  if (state.dialog !== undefined) return pressInDialog(state, state.dialog, key, context)
  if (state.isFiltering) {
    const move = actionFor(BINDINGS, state.page, key)
    return MOVES.has(key) && move !== undefined ? act(state, move, context) : done(typeFilter(state, key))
  }
  if (key.startsWith("sort ")) return done(sortByColumn(state, key.slice(5)))
  const action = actionFor(bindingsFor(state.keys, state.commands), state.page, key)
  if (action !== undefined) return act(state, action, context)
  return done(key === "esc" && state.page === "overview" ? { ...state, filter: "", marked: [] } : state)
}

/** Text goes to fields only: pasting never presses keys. */
export function pasteText(state: ScreenState, text: string): Pressed {
  const typed = text.replace(/[\p{Cc}\p{Cf}]/gu, "").slice(0, 64)
  if (state.isFiltering) return done({ ...state, filter: (state.filter + typed).slice(0, 64) })
  return done(state.dialog === undefined ? state : { ...state, dialog: pasteInDialog(state.dialog, typed) })
}

export function selectRow(state: ScreenState, id: string, context: KeyContext): Pressed {
  if (state.dialog !== undefined) return done(state)
  if (state.page === "denials") {
    return state.denial === id ? act(state, "open", context) : done({ ...state, denial: id })
  }
  if (state.page === "asks") {
    return `${state.ask}` === id ? act(state, "open", context) : done({ ...state, ask: Number(id) })
  }
  const held = holdOrder(state, context)
  return held.selected === id ? act(held, "open", context) : done({ ...held, selected: id })
}

export function selectedRun(state: ScreenState, { view, nowMs }: KeyContext): RunView | undefined {
  if (state.page === "run")
    return shownRuns(view, { ...state, filter: "" }, nowMs).find(({ slug }) => slug === state.selected)
  const row = selectedRow(listRows(view, state, nowMs), state)
  return row?.kind === "run" ? row.run : undefined
}

/** A row that has gone leaves the selection to its neighbor, before the order as it was shown is forgotten. */
function keepSelection(state: ScreenState, { view, nowMs }: KeyContext): ScreenState {
  if (state.page !== "overview" || state.isFiltering || state.selected === undefined) return state
  return { ...state, selected: selectedRow(listRows(view, state, nowMs), state)?.id ?? state.selected }
}

function done(state: ScreenState, intents: readonly Intent[] = []): Pressed {
  return { state, intents }
}

function clearProblem(state: ScreenState): ScreenState {
  return state.notice?.isProblem ? { ...state, notice: undefined } : state
}

function holdOrder(state: ScreenState, { view, nowMs }: KeyContext): ScreenState {
  const order = listRows(view, { ...state, group: "none" }, nowMs).map(({ id }) => id)
  return { ...state, heldOrder: order, heldUntilMs: nowMs + HOLD_ORDER_MS }
}

function typeFilter(state: ScreenState, key: string): ScreenState {
  if (key === "enter") return { ...state, isFiltering: false }
  if (key === "esc") return { ...state, isFiltering: false, filter: "" }
  if (key === "ctrl-u") return { ...state, filter: "" }
  if (key === "backspace") return { ...state, filter: [...state.filter].slice(0, -1).join("") }
  const char = key === "space" ? " " : key
  return [...char].length === 1 ? { ...state, filter: (state.filter + char).slice(0, 64) } : state
}

function sortByColumn(state: ScreenState, column: string): ScreenState {
  const sort = SORTS.find((name) => name === (column === "run" ? "label" : column))
  if (sort === undefined) return state
  return { ...state, heldUntilMs: 0, sort, isReversed: state.sort === sort ? !state.isReversed : false }
}

function act(state: ScreenState, action: Action, context: KeyContext): Pressed {
  const { view, nowMs } = context
  switch (action) {
    case "down":
      return withNextPage(moveSelection(state, 1, context), context)
    case "up":
      return done(moveSelection(state, -1, context))
    case "page-down":
      return withNextPage(moveSelection(state, context.pageRows, context), context)
    case "page-up":
      return done(moveSelection(state, -context.pageRows, context))
    case "first":
      return done(moveSelection(state, Number.NEGATIVE_INFINITY, context))
    case "last":
      return withNextPage(moveSelection(state, Number.POSITIVE_INFINITY, context), context)
    case "open": {
      const opened = openSelected(state, context)
      const slug = opened.page === "run" ? opened.selected : undefined
      return done(opened, slug === undefined || view.runs.has(slug) ? [] : [{ kind: "read-requests", slug }])
    }
    case "back":
      return done({ ...state, page: state.from, from: "overview", scroll: 0 })
    case "help":
      return done(goTo(state, "help"))
    case "denials":
      return done(goTo(state, "denials"))
    case "asks":
      return done(goTo(state, "asks"))
    case "approve-once":
    case "approve-run":
    case "approve-always":
    case "reject":
      return answerAsk(state, action, context)
    case "usage":
      return done(goTo(state, "usage"), [{ kind: "read-usage", by: state.usageBy }])
    case "filter":
      return done({ ...state, isFiltering: true })
    case "sort":
      return done({ ...state, heldUntilMs: 0, isReversed: false, sort: next(SORTS, state.sort) })
    case "turn-sort":
      return done({ ...state, heldUntilMs: 0, isReversed: !state.isReversed })
    case "group": {
      if (state.page !== "usage") return done({ ...state, group: next(GROUPS, state.group), folded: [] })
      const usageBy = next(USAGE_KEYS, state.usageBy)
      return done({ ...state, usageBy, scroll: 0, usage: { ...state.usage, rows: undefined } }, [
        { kind: "read-usage", by: usageBy },
      ])
    }
    case "fold":
    case "unfold":
      return done(foldSelected(state, action, context))
    case "past": {
      const showsPast = !state.showsPast
      return done({ ...state, showsPast }, showsPast ? [{ kind: "read-past", after: null }] : [])
    }
    case "tab-1":
    case "tab-2":
    case "tab-3":
    case "tab-4":
    case "tab-5":
      return openTab(state, Number(action.slice(4)) - 1)
    case "next-tab":
      return openTab(state, (state.tab + 1) % TABS.length)
    case "mark":
      return done(mark(state, context))
    case "copy":
      return copy(state, context)
    case "restore": {
      const runs = targetsOf(state, context)
      const [first] = runs
      // The same key resumes what is stopped. `resume` asks for itself, and shows what has changed since.
      if (first === undefined || !runs.every(isStopped)) return done(openDialog(state, action, runs, nowMs))
      const commands = runs.map(({ slug }) => ["resume", slug, "--detach"])
      return done({ ...state, marked: [] }, [{ kind: "terminal", commands }])
    }
    case "kill": {
      const asked = openDialog(state, action, targetsOf(state, context), nowMs)
      const slugs = asked.dialog?.targets.slice(0, MAX_COMPARED).map(({ slug }) => slug) ?? []
      return done(
        asked,
        slugs.map((slug): Intent => ({ kind: "read-changes", slug })),
      )
    }
    case "cutoff":
    case "freeze":
    case "forward":
      return done(openDialog(state, action, targetsOf(state, context), nowMs))
    case "budget": {
      const runs = targetsOf(state, context).filter(({ status }) => status !== "killed")
      const run = selectedRun(state, context)
      if (runs.length === 0)
        return done(run === undefined ? state : refuse(state, `${run.slug} is killed: it has no budget`, nowMs))
      return done(openBudgetDialog(state, runs, view, nowMs))
    }
    case "attach":
    case "logs": {
      const run = selectedRun(state, context)
      if (run === undefined) return done(state)
      if (action === "attach" && !isLive(run))
        return done(refuse(state, `${run.slug} is ${run.status}: nothing to attach to`, nowMs))
      const command =
        action === "attach" ? ["attach", run.slug] : isLive(run) ? ["logs", "-f", run.slug] : ["logs", run.slug]
      return done(state, [{ kind: "terminal", commands: [command] }])
    }
    case "manifest": {
      const run = selectedRun(state, context)
      if (run === undefined) return done(state)
      return openTab(state.page === "run" ? state : { ...state, page: "run", from: "overview", selected: run.slug }, 3)
    }
    case "next-alert":
      return done(selectNextInNeed(state, context))
    case "edit":
      return state.page === "asks" ? answerAsk(state, action, context) : actOnDenial(state, action, context)
    case "allow":
      return actOnDenial(state, action, context)
    case "mouse":
      return done({ ...state, mouse: !state.mouse }, [{ kind: "mouse", on: !state.mouse }])
    case "hold":
      return done({ ...state, isHeld: !state.isHeld })
    case "repaint":
      return done(state, [{ kind: "repaint" }])
    case "shell":
      return done(state, [{ kind: "shell" }])
    case "quit":
      return done(state, [{ kind: "quit" }])
  }
}

/** At the end of the past runs that were read, the page after them is read. */
function withNextPage(state: ScreenState, { view }: KeyContext): Pressed {
  const last = state.past.at(-1)
  const isAtEnd = state.page === "overview" && state.showsPast && state.past.length < view.pastRuns
  if (last === undefined || !isAtEnd || state.selected !== last.slug) return done(state)
  return done(state, [{ kind: "read-past", after: last.slug }])
}

function goTo(state: ScreenState, page: Page): ScreenState {
  if (state.page === page) return state
  return { ...state, page, from: state.page === "help" ? "overview" : state.page, scroll: 0 }
}

function next<T>(all: readonly T[], now: T): T {
  return all[(all.indexOf(now) + 1) % all.length] ?? now
}

function openTab(state: ScreenState, tab: number): Pressed {
  const name = TABS[tab]
  const slug = state.selected
  const isRead = name === "manifest" || name === "provenance"
  return done(
    { ...state, tab, scroll: 0 },
    isRead && slug !== undefined ? [{ kind: "read-page", slug, page: name }] : [],
  )
}

function mark(state: ScreenState, context: KeyContext): ScreenState {
  const row = selectedRow(listRows(context.view, state, context.nowMs), state)
  if (row === undefined) return state
  // On the head of a group: all of its runs.
  const slugs = row.kind === "run" ? [row.run.slug] : row.runs.map(({ slug }) => slug)
  const others = state.marked.filter((slug) => !slugs.includes(slug))
  const areMarked = slugs.every((slug) => state.marked.includes(slug))
  const marked = areMarked ? others : [...others, ...slugs]
  return moveSelection({ ...state, marked, selected: row.id }, 1, context)
}

/** The marked runs that are still there, else the selected one. */
function targetsOf(state: ScreenState, context: KeyContext): readonly RunView[] {
  const shown = shownRuns(context.view, { ...state, filter: "" }, context.nowMs)
  const marked = state.page === "overview" ? shown.filter(({ slug }) => state.marked.includes(slug)) : []
  if (marked.length > 0) return marked
  const run = selectedRun(state, context)
  return run === undefined ? [] : [run]
}

function isStopped({ status }: RunView): boolean {
  return status === "frozen" || status === "ended"
}

function copy(state: ScreenState, context: KeyContext): Pressed {
  const { nowMs, view } = context
  const denial = state.page === "denials" ? selectedDenial(view, state.denial) : undefined
  const suggestion = denial === undefined ? undefined : suggestRoute(denial)
  const text = suggestion?.outcome === "route" ? suggestion.lines.join("\n") : selectedRun(state, context)?.slug
  if (text === undefined || suggestion?.outcome === "none") return done(state)
  // Shown as well: not every terminal lets a program write the clipboard.
  const shown = suggestion === undefined ? `copied ${text}` : "copied the route"
  return done({ ...state, notice: noticeOf(shown, { nowMs, isProblem: false }) }, [{ kind: "copy", text }])
}
