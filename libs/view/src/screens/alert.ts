// The one line that says what is wrong, the worst first, each with the key that deals with it.

import { type BudgetRow, USD } from "@bot-bottle/contracts"
import { listAsks } from "../ask-list.ts"
import { spentRuns } from "../attention.ts"
import { isSpent } from "../bars.ts"
import { type Frame, isWide } from "../frame.ts"
import type { DenialView, RunView } from "../host-view.ts"
import { keyFor } from "../keys/keys.ts"
import { BLANK, bold, fit, type Line, line, type Span, span, widthOf } from "../line.ts"
import { listRows, selectedRow, statusWord } from "../run-rows.ts"
import { clock, counted, cut, shortAmount } from "../text.ts"
import { isStale } from "./header.ts"

const BURST_MS = 60_000
const BURST_COUNT = 10

export function alertLine(frame: Frame): Line {
  const { view, nowMs, glyphs, columns } = frame
  if (isStale(frame)) {
    const seconds = Math.floor((nowMs - view.heardAtMs) / 1000)
    const then = clock(view.heardAtMs, frame.zoneOffsetMs, "seconds")
    const text = ` ${glyphs.alert} The watcher has not answered for ${seconds} s; this is the picture of ${then}.`
    return fit(line(span(text, "warn")), columns, glyphs.ellipsis)
  }
  if (view.trouble !== undefined) {
    const { message, hint } = view.trouble
    const text = ` ${glyphs.alert} The ledger cannot be read: ${message}`
    return fit(line(span(text, "bad"), span(hint === null ? "" : `  ${hint}`, "dim")), columns, glyphs.ellipsis)
  }
  const alerts = [...spentAlerts(frame), ...burstAlerts(frame), ...askAlerts(frame)]
  const [worst, other] = alerts
  if (worst === undefined) return BLANK
  const first = [span(` ${glyphs.alert} `, "bad"), ...worst]
  const both = other === undefined ? first : [...first, span("    "), ...other]
  // The second one whole, or not at all: its key stands at its end.
  return fit({ spans: widthOf(both) <= columns ? both : first }, columns, glyphs.ellipsis)
}

/** The selected run when it is one of them: its key acts on it. Of another one, it names the key that selects it. */
function spentAlerts(frame: Frame): readonly (readonly Span[])[] {
  const stopped = spentRuns(frame.view)
  const selected = selectedRow(listRows(frame.view, frame.state, frame.nowMs), frame.state)?.id
  const run = stopped.find(({ slug }) => slug === selected) ?? stopped[0]
  const budget = run?.budgets.find(isSpent)
  if (run === undefined || budget === undefined) return []
  const more = stopped.length > 1 ? `, and ${counted(stopped.length - 1, "more run")}` : ""
  const [action, word] = run.slug === selected ? (["budget", "raise"] as const) : (["next-alert", "select it"] as const)
  return [[...spentSpans(run, budget, frame), span(more, "dim"), ...keySpans(keyFor(frame.bindings, action), word)]]
}

function keySpans(key: string | undefined, word: string): readonly Span[] {
  return key === undefined ? [] : [span("  "), bold(key, "accent"), span(` ${word}`, "dim")]
}

function spentSpans(run: RunView, budget: BudgetRow, frame: Frame): readonly Span[] {
  const state = run.pending === undefined ? stateWord(run) : `is ${statusWord(run)}`
  if (!isWide(frame)) {
    const amounts = `${shortAmount(budget.provider, budget.used)} of ${shortAmount(budget.provider, budget.limit ?? 0)}`
    return [
      bold(cut(run.label, 20, frame.glyphs.ellipsis)),
      span(` ${state}`, "bad"),
      span(`: ${amounts} spent`, "dim"),
    ]
  }
  const owner =
    budget.scope === "run"
      ? "it"
      : budget.scope === "host" || budget.scope === "fleet"
        ? `the ${budget.scope}`
        : `${budget.scope}:${budget.key}`
  const of = budget.provider === USD ? "" : ` of ${budget.provider}`
  const why = `: ${owner} has spent its ${shortAmount(budget.provider, budget.limit ?? 0)}${of}`
  return [bold(run.label), span(` ${state}`, "bad"), span(why, "dim")]
}

function stateWord({ status }: RunView): string {
  switch (status) {
    case "cut":
      return "is cut off"
    case "frozen":
      return "is frozen"
    case "running":
    case "ended":
    case "killed":
      return "is refused"
  }
}

function burstAlerts({ view, nowMs, bindings }: Frame): readonly (readonly Span[])[] {
  // A spent budget has its own alert, and makes clients retry.
  const bursts = [...view.denials.values()]
    .filter(({ reason }) => reason !== "budget-exhausted" && reason !== "cut-off" && reason !== "lease-expired")
    .map((denial) => ({ denial, count: lastMinute(denial, nowMs) }))
    .filter(({ count }) => count >= BURST_COUNT)
    .sort((a, b) => b.count - a.count)
  return bursts
    .slice(0, 1)
    .map(({ denial, count }) => [
      bold(`${count} denials`, "warn"),
      span(` of ${denial.host}`),
      ...keySpans(keyFor(bindings, "denials"), "see"),
    ])
}

function askAlerts({ view, nowMs, bindings, glyphs, columns }: Frame): readonly (readonly Span[])[] {
  const [first, ...others] = listAsks(view, nowMs)
  if (first === undefined) return []
  const who = cut(view.runs.get(first.slug)?.label ?? first.slug, 24, glyphs.ellipsis)
  const more = others.length === 0 ? "" : `, and ${counted(others.length, "more question")}`
  const what = cut(first.line, Math.max(12, columns - 60), glyphs.ellipsis)
  return [[bold(who), span(" asks for ", "warn"), span(what + more), ...keySpans(keyFor(bindings, "asks"), "answer")]]
}

function lastMinute({ recent, count }: DenialView, nowMs: number): number {
  const within = recent.filter(({ atMs }) => atMs > nowMs - BURST_MS)
  const [first] = within
  // The first one counts itself, and those before it that came with it are not known apart.
  return first === undefined ? 0 : count - first.count + 1
}
