// The actions on a row that is not a run: an answer to a question, a route for a denial.

import { selectedAsk } from "../ask-list.ts"
import { bottleOf, selectedDenial } from "../screens/denials.ts"
import type { ScreenState } from "../state.ts"
import { allowArguments, suggestRoute } from "../suggest-route.ts"
import type { Intent, KeyContext, Pressed } from "./intents.ts"
import { refuse } from "./notice.ts"
import { openAnswerDialog } from "./press-in-dialog.ts"

type Answering = "approve-once" | "approve-run" | "approve-always" | "reject" | "edit"

const DURATIONS = {
  "approve-once": "once",
  "approve-run": "run",
  "approve-always": "always",
  reject: undefined,
} as const

/** A change of a file is shown, and an editor opened, on the terminal. */
export function answerAsk(state: ScreenState, action: Answering, { view, nowMs }: KeyContext): Pressed {
  const ask = selectedAsk(view, state.ask, nowMs)
  const run = ask === undefined ? undefined : view.runs.get(ask.slug)
  if (ask === undefined || run === undefined) return done(state)
  if (action === "edit") return done(state, [{ kind: "terminal", commands: [["supervise", "edit", `${ask.id}`]] }])
  const duration = DURATIONS[action]
  if (duration !== undefined && !ask.durations.includes(duration)) {
    return done(refuse(state, `question #${ask.id} can be approved for ${ask.durations.join(" or ")} only`, nowMs))
  }
  if (duration === "always") {
    return done(state, [{ kind: "terminal", commands: [["supervise", "approve", `${ask.id}`, "--for", "always"]] }])
  }
  return done(openAnswerDialog(state, ask, run, duration ?? "reject", nowMs))
}

export function actOnDenial(state: ScreenState, action: "edit" | "allow", { view, nowMs }: KeyContext): Pressed {
  const denial = selectedDenial(view, state.denial)
  const run = denial === undefined ? undefined : view.runs.get(denial.slug)
  if (denial === undefined || run === undefined) return done(state)
  if (action === "edit") {
    const bottle = bottleOf(view, denial)
    if (bottle === undefined) return done(refuse(state, `${run.slug} has no bottle to edit`, nowMs))
    return done(state, [{ kind: "terminal", commands: [["edit", bottle, "--bottle"]] }])
  }
  const suggestion = suggestRoute(denial)
  if (suggestion.outcome === "none") return done(refuse(state, suggestion.why, nowMs))
  // It shows what would change in the bottle's file, and asks.
  return done(state, [{ kind: "terminal", commands: [["allow", run.slug, ...allowArguments(denial)]] }])
}

function done(state: ScreenState, intents: readonly Intent[] = []): Pressed {
  return { state, intents }
}
