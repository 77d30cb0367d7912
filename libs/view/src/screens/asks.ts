// Questions of agents that wait for the operator: each with its age, its words, and what a yes
// would open.

import { listAsks, selectedAsk } from "../ask-list.ts"
import { type Frame, type Part, part } from "../frame.ts"
import type { AskView } from "../host-view.ts"
import { BLANK, bold, type Line, line, type Role, type Spot, span } from "../line.ts"
import { askedRoute } from "../suggest-route.ts"
import { cut, exactCount, padEnd, plain, shortAge, shortAmount } from "../text.ts"
import { wrapped } from "./empty.ts"
import { rule } from "./overview.ts"

export function asksPage(frame: Frame, rows: number): Part {
  const { view, state, nowMs } = frame
  const all = listAsks(view, nowMs)
  const selected = selectedAsk(view, state.ask, nowMs)
  if (selected === undefined) return part([BLANK, line(span("  Nobody waits for you.", "dim"))])
  const detail = detailLines(selected, frame)
  const room = Math.max(2, Math.min(all.length, rows - detail.length - 2))
  const at = all.indexOf(selected)
  const first = Math.max(0, Math.min(all.length - room, at - Math.floor(room / 2)))
  const shown = all.slice(first, first + room)
  const widths = widthsFor(frame.columns)
  const spots = shown.map(
    ({ id }, index): Spot => ({ row: index + 1, from: 0, to: frame.columns, does: { kind: "select", id: `${id}` } }),
  )
  const lines = [headLine(widths), ...shown.map((ask) => askLine(ask, ask === selected, widths, frame)), BLANK]
  return part([...lines, ...detail], spots)
}

interface Widths {
  readonly what: number
  readonly run: number
}

function widthsFor(columns: number): Widths {
  const run = columns >= 110 ? 30 : 20
  return { what: Math.max(12, columns - 19 - run), run }
}

function headLine({ what }: Widths): Line {
  return line(span(`  ${padEnd("WAITS", 6)} ${padEnd("ASKS FOR", 8)}${padEnd("", what)}  RUN`, "dim"))
}

function askLine(ask: AskView, isSelected: boolean, widths: Widths, frame: Frame): Line {
  const { glyphs, view, nowMs } = frame
  const run = view.runs.get(ask.slug)
  const what = ask.asks_for === "budget" && ask.why !== "" ? `${ask.line}: "${ask.why}"` : ask.line
  const spans = [
    span(isSelected ? `${glyphs.cursor} ` : "  ", "accent"),
    span(padEnd(shortAge(nowMs - ask.askedAtMs), 7), "dim"),
    span(padEnd(ask.asks_for, 8), roleOf(ask)),
    span(padEnd(cut(what, widths.what, glyphs.ellipsis), widths.what)),
    span("  "),
    span(
      cut(run?.label ?? ask.slug, widths.run, glyphs.ellipsis),
      run === undefined || run.color === "" ? "text" : `label:${run.color}`,
    ),
  ]
  return { spans, ...(isSelected ? { selected: true } : {}) }
}

/** A request that is held right now is the most urgent. */
function roleOf({ asks_for }: AskView): Role {
  return asks_for === "hold" ? "warn" : "accent"
}

function detailLines(ask: AskView, frame: Frame): readonly Line[] {
  const { columns, glyphs } = frame
  const title = rule(
    [span(`${glyphs.rule} `, "line"), bold(cut(ask.line, Math.max(10, columns - 30), glyphs.ellipsis)), span(" ")],
    [span(` question #${ask.id} `, "dim")],
    columns,
    frame,
  )
  const why = ask.why === "" ? [] : wrapped(`"${ask.why}"`, columns - 4).slice(0, 4)
  return [
    title,
    ...why.map((text) => line(span(`  ${text}`))),
    ...(why.length > 0 ? [BLANK] : []),
    ...effectLines(ask, frame),
  ]
}

/** The effect of a yes. */
function effectLines({ ask, slug }: AskView, { view, columns }: Frame): readonly Line[] {
  const said = (text: string, role: Role = "text") =>
    wrapped(text, columns - 4).map((each) => line(span(`  ${each}`, role)))
  switch (ask.kind) {
    case "route":
    case "hold": {
      if (ask.kind === "hold" && ask.cause === "dlp-match") {
        return said(
          `A yes lets a text leave to ${plain(ask.host)} in which ${plain(ask.detector ?? "a detector")} found a credential.`,
          "bad",
        )
      }
      const bottle = view.runs.get(slug)?.bottles.at(-1)
      return [
        ...said(
          `A yes opens this to the run. For always it is written${bottle === undefined ? "" : ` into bottles/${bottle}.md`}:`,
        ),
        BLANK,
        ...askedRoute(ask).map((text) => line(span(`    ${plain(text)}`, "accent"))),
      ]
    }
    case "budget": {
      const provider = plain(ask.provider)
      const governing = view.runs.get(slug)?.budgets.find((row) => row.provider === provider && !row.is_ceiling)
      const now =
        governing?.limit == null
          ? ""
          : ` Now it has used ${shortAmount(provider, governing.used)} of ${shortAmount(provider, governing.limit)}.`
      return said(
        `A yes gives the run a limit of its own: ${exactCount(ask.tokens)} tokens of ${provider} more than it may spend now.${now}`,
      )
    }
    case "tool":
      return said(`A yes tells the agent that it may use ${plain(ask.package)}.`)
  }
}
