// A question in a box over the page, which turns to one grey behind it. It names the runs, says
// what is lost, and shows the command that a yes will run.

import { USD } from "@bot-bottle/contracts"
import { type Frame, type Part, part } from "../frame.ts"
import { commandsOf, EACH_RUN, newLimit, showCommand } from "../keys/intents.ts"
import { type Binding, keyFor } from "../keys/keys.ts"
import { BLANK, bold, fit, type Line, line, type Span, span, widthOf } from "../line.ts"
import type { Dialog, ScopeChoice } from "../state.ts"
import { cellsOf, counted, cut, exactAmount, padEnd, plain, shortAmount } from "../text.ts"
import { wrapped } from "./empty.ts"

const MAX_WIDTH = 68

/** The page with the dialog on it: as many lines, none wider. */
export function withDialog(page: readonly Line[], dialog: Dialog, frame: Frame): Part {
  const width = Math.min(MAX_WIDTH, frame.columns - 6)
  const body = squeezed(dialogLines(dialog, width - 4, frame), frame.rows - 4)
  const box = boxed(body, width, frame)
  const top = Math.max(1, Math.floor((frame.rows - box.length) / 2))
  const from = Math.max(0, Math.floor((frame.columns - width) / 2))
  return part(page.map((under, row) => over(under, box[row - top], from, width)))
}

/** On a low screen the blank lines go first; the question and its answer always stay. */
function squeezed(lines: readonly Line[], rows: number): readonly Line[] {
  if (lines.length <= rows) return lines
  const full = lines.filter((each) => each !== BLANK)
  return full.length <= rows ? full : [...full.slice(0, rows - 1), ...full.slice(-1)]
}

function boxed(body: readonly Line[], width: number, { glyphs }: Frame): readonly Line[] {
  const { top, bottom, side } = glyphs.box
  const edge = ([left, right]: readonly [string, string]) =>
    line(span(left + glyphs.rule.repeat(width - 2) + right, "line"))
  return [
    edge(top),
    ...body.map((given) => {
      const { spans } = fit(given, width - 4, glyphs.ellipsis)
      return line(
        span(`${side} `, "line"),
        ...spans,
        span(" ".repeat(Math.max(0, width - 4 - widthOf(spans)))),
        span(` ${side}`, "line"),
      )
    }),
    edge(bottom),
  ]
}

function over(under: Line, box: Line | undefined, from: number, width: number): Line {
  const text = under.spans.map((each) => each.text).join("")
  if (box === undefined) return { spans: [span(text, "dim")], faded: true }
  const [left, right] = around(text, from, from + width)
  return line(span(left, "dim"), ...box.spans, span(right, "dim"))
}

/** The text left of `from`, padded to it, and right of `to`: a wide letter at an edge becomes blanks. */
function around(text: string, from: number, to: number): readonly [string, string] {
  let left = ""
  let right = ""
  let at = 0
  for (const char of text) {
    const cells = cellsOf(char)
    if (at + cells <= from) left += char
    else if (at >= to) right = padEnd(right, at - to) + char
    at += cells
  }
  return [padEnd(left, from), right]
}

function dialogLines(dialog: Dialog, width: number, frame: Frame): readonly Line[] {
  const commands = commandsOf(dialog)
  const [first, ...others] = commands ?? []
  // The first command is shown whole, so that it can be learned; the runs of the others stand above.
  const shown = (first === undefined ? [] : brokenAt(showCommand(first), width - 6)).map((text, index) =>
    line(span(index === 0 ? "runs  " : "      ", "dim"), span(text)),
  )
  const more = others.length === 0 ? [] : [line(span(`      and ${others.length} more like it`, "dim"))]
  return [
    line(bold(titleOf(dialog))),
    BLANK,
    ...targetLines(dialog, width, frame),
    ...middleLines(dialog, width, frame),
    BLANK,
    ...shown,
    ...more,
    ...(shown.length > 0 ? [BLANK] : []),
    answerLine(dialog, frame),
  ]
}

function titleOf({ kind, targets, ...dialog }: Dialog): string {
  const these = targets.length === 1 ? "this run" : `these ${targets.length} runs`
  switch (kind) {
    case "kill":
      return `Kill ${these}?`
    case "budget":
      return `Budget of ${these}`
    case "forward":
      return "Forward a port of this run"
    case "answer":
      return "decision" in dialog && dialog.decision === "reject" ? "Reject this question?" : "Approve this question?"
    case "confirm":
      switch ("action" in dialog ? dialog.action : "cutoff") {
        case "cutoff":
          return `Cut off ${these}?`
        case "restore":
          return `Restore ${these}?`
        case "freeze":
          return `Freeze ${these}?`
      }
  }
}

function targetLines({ targets }: Dialog, width: number, { glyphs }: Frame): readonly Line[] {
  const shown = targets.slice(0, 5).map(({ label, slug }) => {
    const name = cut(label, Math.max(10, width - cellsOf(slug) - 2), glyphs.ellipsis)
    return line(span(name), span(`  ${slug}`, "dim"))
  })
  return targets.length > 5 ? [...shown, line(span(`and ${targets.length - 5} more`, "dim"))] : shown
}

function middleLines(dialog: Dialog, width: number, frame: Frame): readonly Line[] {
  const said = (text: string) => [BLANK, ...wrapped(text, width).map((each) => line(span(each)))]
  switch (dialog.kind) {
    case "confirm":
      return said(CONSEQUENCE[dialog.action])
    case "kill": {
      const open = dialog.targets.reduce((sum, { slug }) => sum + openRequests(slug, frame), 0)
      const freeze = freezeKey(frame.bindings, dialog)
      return [
        ...said(
          `The agent ends now and cannot be resumed. Its files stay until 'bot-bottle cleanup'${lostWords(dialog, frame)}`,
        ),
        ...(open === 0 ? [] : [line(span(`${counted(open, "open request")} will be cut short and charged.`, "warn"))]),
        ...(freeze === undefined
          ? []
          : [BLANK, line(bold(freeze, "accent"), span(" freezes instead: it can be resumed", "dim"))]),
      ]
    }
    case "forward":
      return [
        ...said("A port of the bottle, on this host's loopback only: 3000 or 3000:8080."),
        BLANK,
        line(span("port  ", "dim"), span(`${plain(dialog.typed)}${frame.glyphs.caret}`)),
      ]
    case "answer":
      return [
        ...said(`#${dialog.question} ${dialog.line}`),
        BLANK,
        line(span(ANSWERS[dialog.decision])),
        line(
          span("reason  ", "dim"),
          span(`${endOf(plain(dialog.typed), width - 9)}${frame.glyphs.caret}`),
          ...(dialog.typed === ""
            ? [span(` ${REASONS[dialog.decision === "reject" ? "reject" : "approve"]}`, "dim")]
            : []),
        ),
      ]
    case "budget":
      return budgetLines(dialog, frame)
  }
}

/** At blanks where it can be, and with every blank kept. */
function brokenAt(text: string, width: number): readonly string[] {
  const pieces: string[] = []
  let rest = text
  while (cellsOf(rest) > width) {
    const most = cut(rest, width, "")
    const blank = most.lastIndexOf(" ")
    const at = blank > 0 ? blank + 1 : Math.max(1, most.length)
    pieces.push(rest.slice(0, at))
    rest = rest.slice(at)
  }
  return [...pieces, rest]
}

const ANSWERS = {
  once: "It lets the waiting requests through, and those of the next minute.",
  run: "It holds until the run ends.",
  reject: "The agent is told, with your reason.",
} as const
const REASONS = { approve: "risky approvals want one", reject: "for the agent" } as const

/** The end of a text that is being typed stays in sight. */
function endOf(text: string, width: number): string {
  let shown = text
  while (cellsOf(shown) > width) shown = [...shown].slice(1).join("")
  return shown
}

const CONSEQUENCE = {
  cutoff: "Egress closes at once, also for open requests. The agent keeps running.",
  restore: "Egress opens again.",
  freeze: "The agent stops. Home, workspace and conversation stay, to be resumed.",
} as const

function budgetLines(dialog: Dialog & { kind: "budget" }, { glyphs }: Frame): readonly Line[] {
  const choice = dialog.choices[dialog.chosen]
  const governs = dialog.choices[0]
  if (choice === undefined || governs === undefined) return []
  const limit = newLimit(choice.provider, dialog.typed, choice.limit ?? 0)
  // The runs of a mark have limits of their own; other scopes without a limit count nothing.
  const now = (of: ScopeChoice) =>
    of.scope === EACH_RUN
      ? "its own limit"
      : of.used === null
        ? "no limit"
        : of.limit === null
          ? `${shortAmount(of.provider, of.used)} used, no limit`
          : `${shortAmount(of.provider, of.used)} of ${shortAmount(of.provider, of.limit)}`
  const name = (of: ScopeChoice) => (of.scope.startsWith("run:") ? "run" : of.scope)
  const scopes = dialog.choices.flatMap((each, index): readonly Span[] => [
    index === dialog.chosen ? bold(`[${name(each)}]`, "accent") : span(` ${name(each)} `, "dim"),
    span(" "),
  ])
  const shared =
    choice.sharedBy === 0
      ? ""
      : `${counted(choice.sharedBy, "other run")} of ${choice.scope === "host" ? "this host" : name(choice)} will get it too.`
  return [
    BLANK,
    line(span("now        ", "dim"), span(`${name(choice)} ${choice.provider}, ${now(choice)}`)),
    line(span("scope      ", "dim"), ...scopes, bold("tab", "accent")),
    line(
      span("new limit  ", "dim"),
      span(`${plain(dialog.typed)}${glyphs.caret}`),
      span(
        limit === undefined
          ? `   ${choice.provider === USD ? "5, 2.50, +1" : "3M, 500k, +1M"}`
          : choice.scope === EACH_RUN
            ? `   = ${exactAmount(choice.provider, limit)} ${dialog.typed.startsWith("+") ? "more " : ""}each`
            : `   = ${exactAmount(choice.provider, limit)}${differenceOf(limit, choice)}`,
        "dim",
      ),
    ),
    ...(dialog.problem === undefined ? [] : [line(span(dialog.problem, "bad"))]),
    ...(shared === "" ? [] : [BLANK, line(span(shared, "warn"))]),
  ]
}

function differenceOf(limit: number, { limit: before, provider }: ScopeChoice): string {
  if (before === null || limit === before) return ""
  const difference = shortAmount(provider, Math.abs(limit - before))
  return `, ${difference} ${limit > before ? "more" : "less"}`
}

function answerLine(dialog: Dialog, { glyphs }: Frame): Line {
  const cancel = [span("     "), bold("esc", "accent"), span(" cancel", "dim")]
  switch (dialog.kind) {
    case "kill":
      return line(
        span("type ", "dim"),
        bold(killWord(dialog.targets.length)),
        span("  "),
        span(`${plain(dialog.typed)}${glyphs.caret}`),
        ...cancel,
      )
    case "budget":
    case "forward":
      return line(bold("enter", "accent"), span(dialog.kind === "budget" ? " set" : " forward", "dim"), ...cancel)
    case "answer":
      return line(
        bold("enter", "accent"),
        span(dialog.decision === "reject" ? " reject" : " approve", "dim"),
        ...cancel,
      )
    case "confirm":
      return line(bold("y", "accent"), span(" yes", "dim"), ...cancel)
  }
}

/** Freezes instead, as the first key of a kill; undefined where that key is a letter of the answer. */
export function freezeKey(bindings: readonly Binding[], { targets }: Dialog & { kind: "kill" }): string | undefined {
  const key = keyFor(bindings, "freeze")
  return key === undefined || killWord(targets.length).includes(key) ? undefined : key
}

/** One run: the word. Several: their number, so that it is looked at. */
export function killWord(count: number): string {
  return count === 1 ? "kill" : `${count}`
}

function lostWords({ targets }: Dialog, { state }: Frame): string {
  const counts = targets.map(({ slug }) => state.changes.get(slug))
  const known = counts.every((count) => count !== undefined)
  if (!known) return "."
  const sum = counts.reduce((all, count) => all + count, 0)
  return sum === 0 ? "." : `. ${counted(sum, "changed file was", "changed files were")} never applied.`
}

function openRequests(slug: string, { view }: Frame): number {
  return view.runs.get(slug)?.requests.filter(({ status }) => status === "reserved").length ?? 0
}
