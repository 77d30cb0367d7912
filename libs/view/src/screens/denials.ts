// Refused requests of all runs, grouped by run, reason and target, with the route that would
// allow the selected one.

import { type Frame, type Part, part } from "../frame.ts"
import type { DenialView, HostView } from "../host-view.ts"
import { BLANK, bold, type Line, line, type Spot, span } from "../line.ts"
import { describeTarget, suggestRoute } from "../suggest-route.ts"
import { cellsOf, cut, padEnd, padStart, shortAge, shortCount } from "../text.ts"
import { wrapped } from "./empty.ts"
import { rule } from "./overview.ts"

export function listDenials(view: HostView): readonly DenialView[] {
  return [...view.denials.values()].sort((a, b) => b.lastAtMs - a.lastAtMs || (a.key < b.key ? -1 : 1))
}

export function selectedDenial(view: HostView, key: string | undefined): DenialView | undefined {
  return view.denials.get(key ?? "") ?? listDenials(view)[0]
}

/** The bottle whose manifest would change: the one that was composed last. */
export function bottleOf(view: HostView, denial: DenialView): string | undefined {
  return view.runs.get(denial.slug)?.bottles.at(-1)
}

export function denialsPage(frame: Frame, rows: number): Part {
  const { view, state } = frame
  const all = listDenials(view)
  if (all.length === 0) return part([BLANK, line(span("  Nothing was refused since the dashboard started.", "dim"))])
  const selected = selectedDenial(view, state.denial)
  const detail = selected === undefined ? [] : detailLines(selected, frame)
  const least = frame.rows < LOW_ROWS ? 1 : 2
  const room = Math.max(least, Math.min(all.length, rows - detail.length - 3))
  const at = all.findIndex(({ key }) => key === selected?.key)
  const first = Math.max(0, Math.min(all.length - room, at - Math.floor(room / 2)))
  const shown = all.slice(first, first + room)
  const widths = widthsFor(frame.columns)
  const spots = shown.map(
    ({ key }, index): Spot => ({ row: index + 1, from: 0, to: frame.columns, does: { kind: "select", id: key } }),
  )
  const lines = [
    headLine(widths),
    ...shown.map((row) => denialLine(row, row.key === selected?.key, widths, frame)),
    BLANK,
  ]
  return part([...lines, ...detail], spots)
}

interface Widths {
  readonly target: number
  readonly reason: number
  readonly run: number
}

function widthsFor(columns: number): Widths {
  const reason = columns >= 110 ? 27 : 18
  const run = columns >= 110 ? 24 : 16
  return { target: Math.max(12, columns - 13 - reason - run - 4), reason, run }
}

function headLine({ target, reason }: Widths): Line {
  return line(
    span(
      `  ${padEnd("LAST", 5)}${padStart("TIMES", 5)} ${padEnd("REQUEST", target)}  ${padEnd("REASON", reason)}  RUN`,
      "dim",
    ),
  )
}

function denialLine(row: DenialView, isSelected: boolean, widths: Widths, frame: Frame): Line {
  const { glyphs, view, nowMs } = frame
  const run = view.runs.get(row.slug)
  const hasRoute = suggestRoute(row).outcome === "route"
  const spans = [
    span(isSelected ? `${glyphs.cursor} ` : "  ", "accent"),
    span(padEnd(shortAge(nowMs - row.lastAtMs), 5), "dim"),
    span(`${padStart(shortCount(row.count), 5)} `),
    span(padEnd(cut(describeTarget(row), widths.target, glyphs.ellipsis), widths.target)),
    span(`  ${padEnd(cut(row.reason, widths.reason, glyphs.ellipsis), widths.reason)}  `, hasRoute ? "warn" : "bad"),
    span(
      cut(run?.label ?? row.slug, widths.run, glyphs.ellipsis),
      run === undefined || run.color === "" ? "text" : `label:${run.color}`,
    ),
  ]
  return { spans, ...(isSelected ? { selected: true } : {}) }
}

const LOW_ROWS = 16

function detailLines(denial: DenialView, frame: Frame): readonly Line[] {
  const suggestion = suggestRoute(denial)
  const title = rule(
    [span(`${frame.glyphs.rule} `, "line"), bold(describeTarget(denial)), span(" ")],
    [span(` ${denial.reason} `, suggestion.outcome === "none" ? "bad" : "warn")],
    frame.columns,
    frame,
  )
  if (suggestion.outcome === "none")
    return [title, ...wrapped(suggestion.why, frame.columns - 4).map((text) => line(span(`  ${text}`)))]
  const bottle = bottleOf(frame.view, denial)
  const where = bottle === undefined ? "in a bottle" : `in bottles/${bottle}.md, for every run of that bottle`
  const said = `This would allow it, ${where}:`
  // On a low screen the route itself needs the room.
  const gap = frame.rows < LOW_ROWS ? [] : [BLANK]
  return [
    title,
    line(span(`  ${cellsOf(said) + 2 > frame.columns ? "This would allow it, in its bottle:" : said}`)),
    ...gap,
    ...suggestion.lines.map((text) => line(span(`    ${text}`, "accent"))),
  ]
}
