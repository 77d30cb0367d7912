// Keys while a dialog is open. Nothing answers it in its first moments: such a key was meant for the
// page. It is bound to the runs it named, and refuses when one of them has changed.

import { type BudgetRow, USD } from "@bot-bottle/contracts"
import { type AskView, budgetKey, type HostView, type RunView } from "../host-view.ts"
import { isLive } from "../run-rows.ts"
import { freezeKey, killWord } from "../screens/dialog.ts"
import { limitsOf } from "../screens/run.ts"
import type { Dialog, ScopeChoice, ScreenState, Target } from "../state.ts"
import type { KeyContext, Pressed } from "./intents.ts"
import { commandsOf, EACH_RUN } from "./intents.ts"
import { bindingsFor } from "./keys.ts"

const DEAF_MS = 150
const MAX_TYPED = 16
const MAX_TEXT = 300

type Asked = "cutoff" | "restore" | "freeze" | "kill" | "forward"

export function openDialog(state: ScreenState, asked: Asked, runs: readonly RunView[], nowMs: number): ScreenState {
  const [first] = runs
  if (first === undefined) return state
  const action = asked
  const fitting = runs.filter((run) => isPossible(action, run))
  if (fitting.length === 0) {
    const text = `${first.slug} is ${first.status}: ${WORDS[action]} is not possible`
    return { ...state, notice: { text, hint: undefined, isProblem: true, untilMs: Number.MAX_SAFE_INTEGER } }
  }
  const targets = fitting.map(({ slug, label, status }): Target => ({ slug, label, status }))
  const base = { openedAtMs: nowMs, targets }
  if (action === "kill") return { ...state, dialog: { ...base, kind: "kill", typed: "" } }
  if (action === "forward")
    return { ...state, dialog: { ...base, targets: targets.slice(0, 1), kind: "forward", typed: "" } }
  return { ...state, dialog: { ...base, kind: "confirm", action } }
}

const WORDS = {
  cutoff: "cutoff",
  restore: "restore",
  freeze: "freeze",
  kill: "kill",
  forward: "forward",
} as const

function isPossible(action: keyof typeof WORDS, run: RunView): boolean {
  switch (action) {
    case "cutoff":
      return run.status === "running"
    case "restore":
      return run.status === "cut"
    case "freeze":
    case "forward":
      return run.status === "running" || run.status === "cut"
    case "kill":
      return run.status !== "killed"
  }
}

export function openAnswerDialog(
  state: ScreenState,
  { id, line }: AskView,
  { slug, label, status }: RunView,
  decision: "once" | "run" | "reject",
  nowMs: number,
): ScreenState {
  const targets = [{ slug, label, status }]
  return { ...state, dialog: { kind: "answer", openedAtMs: nowMs, targets, question: id, line, decision, typed: "" } }
}

export function openBudgetDialog(
  state: ScreenState,
  runs: readonly RunView[],
  view: HostView,
  nowMs: number,
): ScreenState {
  const targets = runs.map(({ slug, label, status }): Target => ({ slug, label, status }))
  const [run] = runs
  if (run === undefined) return state
  const choices = runs.length === 1 ? choicesOf(run, view) : [eachRun(run)]
  return {
    ...state,
    dialog: { kind: "budget", openedAtMs: nowMs, targets, choices, chosen: 0, typed: "", problem: undefined },
  }
}

/** Several runs get a limit of their own each: what they share is not theirs alone to change. */
function eachRun({ budgets: [budget], provider }: RunView): ScopeChoice {
  return {
    ...{ scope: EACH_RUN, provider: budget?.provider ?? provider, window: "total" },
    ...{ limit: null, used: null, sharedBy: 0 },
  }
}

function choicesOf(run: RunView, view: HostView): readonly ScopeChoice[] {
  const known = limitsOf(run, { view }).filter(({ is_ceiling }) => !is_ceiling)
  const governing = run.budgets.find(({ is_ceiling }) => !is_ceiling)
  const provider = governing?.provider ?? run.budgets[0]?.provider ?? run.provider
  const rows = known.filter((row) => row.provider === provider)
  const scopes = ["run", "agent", "host"] as const
  const missing = scopes
    .filter((scope) => !rows.some((row) => row.scope === scope))
    .map(
      (scope): BudgetRow => ({
        ...{
          scope,
          provider,
          limit: null,
          used: 0,
          reserved: 0,
          window: "total",
          is_ceiling: false,
          resets_at: null,
        },
        key: scope === "run" ? run.slug : scope === "agent" ? run.agent : "",
      }),
    )
  const all = [
    ...(governing === undefined ? [] : [governing]),
    ...rows.filter((row) => row !== governing && !isSame(row, governing)),
  ].map((row) => choiceOf(row, run, view))
  return [...all, ...missing.map((row) => ({ ...choiceOf(row, run, view), used: null }))]
}

function isSame(a: BudgetRow, b: BudgetRow | undefined): boolean {
  return b !== undefined && a.scope === b.scope && a.key === b.key && a.provider === b.provider
}

function choiceOf(row: BudgetRow, run: RunView, view: HostView): ScopeChoice {
  const shares = (other: RunView) =>
    other.slug !== run.slug &&
    isLive(other) &&
    (row.scope === "host" ||
      row.scope === "fleet" ||
      (row.scope === "agent" && other.agent === row.key) ||
      (row.scope === "bottle" && (other.bottles.includes(row.key) || other.ancestors.includes(row.key))))
  return {
    scope: row.scope === "host" || row.scope === "fleet" ? row.scope : `${row.scope}:${row.key}`,
    provider: row.provider,
    window: row.window,
    limit: row.limit,
    used: row.used,
    sharedBy: [...view.runs.values()].filter(shares).length,
  }
}

export function pressInDialog(state: ScreenState, dialog: Dialog, key: string, { view, nowMs }: KeyContext): Pressed {
  // Typing into a field does nothing yet; what answers waits.
  const isField = dialog.kind !== "confirm" && dialog.kind !== "kill" && key !== "enter"
  if (nowMs - dialog.openedAtMs < DEAF_MS && !isField) return { state, intents: [] }
  if (key === "esc") return { state: { ...state, dialog: undefined }, intents: [] }
  switch (dialog.kind) {
    case "confirm":
      return key === "y" || key === "Y" ? answer(state, dialog, view) : { state, intents: [] }
    case "kill": {
      const typed = edit(dialog.typed, key)
      const meant = { ...dialog, typed }
      // The other way out stands in the dialog itself.
      if (
        dialog.typed === "" &&
        key === freezeKey(bindingsFor(state.keys, state.commands), dialog) &&
        dialog.targets.some(({ status }) => status === "running" || status === "cut")
      ) {
        const targets = dialog.targets.filter(({ status }) => status === "running" || status === "cut")
        return {
          state: { ...state, dialog: { kind: "confirm", action: "freeze", openedAtMs: nowMs, targets } },
          intents: [],
        }
      }
      if (typed === killWord(dialog.targets.length)) return answer(state, meant, view)
      return { state: { ...state, dialog: meant }, intents: [] }
    }
    case "forward":
      if (key === "enter")
        return commandsOf(dialog) === undefined ? { state, intents: [] } : answer(state, dialog, view)
      return { state: { ...state, dialog: { ...dialog, typed: edit(dialog.typed, key) } }, intents: [] }
    case "answer":
      if (key === "enter")
        return commandsOf(dialog) === undefined ? { state, intents: [] } : answer(state, dialog, view)
      return { state: { ...state, dialog: { ...dialog, typed: writeText(dialog.typed, key) } }, intents: [] }
    case "budget":
      if (key === "tab") {
        const chosen = (dialog.chosen + 1) % Math.max(1, dialog.choices.length)
        return { state: { ...state, dialog: { ...dialog, chosen, problem: undefined } }, intents: [] }
      }
      if (key === "enter") {
        const problem = commandsOf(dialog) === undefined ? wantedOf(dialog) : missingOf(dialog, view)
        if (problem === undefined) return answer(state, dialog, view)
        return { state: { ...state, dialog: { ...dialog, problem } }, intents: [] }
      }
      return {
        state: { ...state, dialog: { ...dialog, typed: edit(dialog.typed, key), problem: undefined } },
        intents: [],
      }
  }
}

/** Pasted text fills a field. It confirms nothing: a kill asks for a word that is typed. */
export function pasteInDialog(dialog: Dialog, text: string): Dialog {
  switch (dialog.kind) {
    case "confirm":
    case "kill":
      return dialog
    case "forward":
      return { ...dialog, typed: [...text].reduce(edit, dialog.typed) }
    case "budget":
      return { ...dialog, typed: [...text].reduce(edit, dialog.typed), problem: undefined }
    case "answer":
      return { ...dialog, typed: [...text].reduce(writeText, dialog.typed) }
  }
}

function wantedOf({ choices, chosen }: Dialog & { kind: "budget" }): string {
  const isMoney = choices[chosen]?.provider === USD
  return isMoney ? "a number of dollars: 5, 2.50, +1" : "a number of tokens: 3M, 500k, +1M"
}

/** Adding to the limit of each run needs one of its own in each. */
function missingOf({ choices, chosen, typed, targets }: Dialog & { kind: "budget" }, view: HostView) {
  const choice = choices[chosen]
  if (choice?.scope !== EACH_RUN || !typed.startsWith("+")) return undefined
  const without = targets.find(({ slug }) => {
    const own = view.budgets.get(budgetKey({ scope: "run", key: slug, provider: choice.provider, is_ceiling: false }))
    return own === undefined || own.limit === null
  })
  return without === undefined ? undefined : `no limit of its own to add to: ${without.label}`
}

function edit(typed: string, key: string): string {
  if (key === "backspace") return typed.slice(0, -1)
  return /^[\w+.:]$/.test(key) ? (typed + key).slice(0, MAX_TYPED) : typed
}

/** A line of prose. */
function writeText(typed: string, key: string): string {
  if (key === "backspace") return [...typed].slice(0, -1).join("")
  const char = key === "space" ? " " : key
  return [...char].length === 1 ? (typed + char).slice(0, MAX_TEXT) : typed
}

function answer(state: ScreenState, dialog: Dialog, view: HostView): Pressed {
  const changed = dialog.targets.find(({ slug, status }) => {
    const now = view.runs.get(slug)?.status
    return now !== undefined && now !== status
  })
  const closed = { ...state, dialog: undefined, marked: [] }
  if (changed !== undefined) {
    const text = `${changed.slug} is ${view.runs.get(changed.slug)?.status} now: nothing was done`
    return {
      state: { ...closed, notice: { text, hint: undefined, isProblem: true, untilMs: Number.MAX_SAFE_INTEGER } },
      intents: [],
    }
  }
  const commands = commandsOf(dialog)
  if (commands === undefined) return { state, intents: [] }
  // A forwarded port stays open for as long as its command runs: it needs the terminal.
  const [first] = commands
  if (dialog.kind === "forward" && first !== undefined)
    return { state: closed, intents: [{ kind: "terminal", commands }] }
  return { state: closed, intents: [{ kind: "run", commands }] }
}
