// A view and the operator's choices as a screen: exactly `rows` lines, none wider than `columns`,
// no character that a terminal would obey, and in ASCII mode none outside ASCII.

import { type Frame, type Part, part, type Size, stack } from "./frame.ts"
import { ASCII, type Glyphs, toAscii, UNICODE } from "./glyphs.ts"
import type { HostView } from "./host-view.ts"
import { bindingsFor } from "./keys/keys.ts"
import { exactly, type Line, type Screen, span } from "./line.ts"
import { listRows } from "./run-rows.ts"
import { alertLine } from "./screens/alert.ts"
import { asksPage } from "./screens/asks.ts"
import { denialsPage } from "./screens/denials.ts"
import { withDialog } from "./screens/dialog.ts"
import { emptyPage, troublePage, waitingPage } from "./screens/empty.ts"
import { footer } from "./screens/footer.ts"
import { header, titleLine } from "./screens/header.ts"
import { helpPage } from "./screens/help.ts"
import { overview } from "./screens/overview.ts"
import { runPage } from "./screens/run.ts"
import { usagePage } from "./screens/usage.ts"
import type { ScreenState } from "./state.ts"

export interface ScreenOptions extends Size {
  readonly view: HostView
  readonly state: ScreenState
  readonly nowMs: number
  readonly zoneOffsetMs: number
  readonly glyphs: "unicode" | "ascii"
}

export const MIN_COLUMNS = 60
export const MIN_ROWS = 12

export function drawScreen(options: ScreenOptions): Screen {
  const { columns, rows, view, state, nowMs, zoneOffsetMs } = options
  const glyphs: Glyphs = options.glyphs === "ascii" ? ASCII : UNICODE
  const bindings = bindingsFor(state.keys, state.commands)
  const frame: Frame = { columns, rows, view, state, nowMs, zoneOffsetMs, glyphs, bindings }
  const isSmall = columns < MIN_COLUMNS || rows < MIN_ROWS
  const drawn = isSmall ? tooSmall(frame) : drawPage(frame)
  const page = exactly(drawn.lines, { rows, columns }, glyphs.ellipsis)
  const lines = state.dialog === undefined || isSmall ? page : withDialog(page, state.dialog, frame).lines
  return {
    lines: glyphs.isAscii ? lines.map(asciiLine) : lines,
    spots: state.dialog === undefined ? drawn.spots : [],
    maxScroll: drawn.maxScroll,
  }
}

function drawPage(frame: Frame): Part {
  const isBare = frame.state.page === "help"
  const top = isBare ? part([titleLine(frame)]) : stack(header(frame), part(troubleLines(frame)))
  const foot = footer(frame)
  const rows = Math.max(1, frame.rows - top.lines.length - foot.lines.length)
  const body = stack(bodyOf(frame, rows))
  const lines = exactly(body.lines, { rows, columns: frame.columns }, frame.glyphs.ellipsis)
  return stack(top, { ...body, lines, spots: body.spots.filter(({ row }) => row < rows) }, foot)
}

/** On a page that keeps its picture; the overview has its own line for what is wrong. */
function troubleLines(frame: Frame): readonly Line[] {
  const { view, state } = frame
  return view.connection === "trouble" && view.runs.size > 0 && state.page !== "overview" ? [alertLine(frame)] : []
}

function bodyOf(frame: Frame, rows: number): Part {
  const { view, state, nowMs } = frame
  // An error empties nothing: the last picture stays.
  const hasPicture = view.runs.size > 0
  if (state.page !== "help" && view.connection === "trouble" && !hasPicture) return troublePage(frame, rows)
  if (state.page !== "help" && view.connection === "waiting") return waitingPage(frame, rows)
  switch (state.page) {
    case "denials":
      return denialsPage(frame, rows)
    case "asks":
      return asksPage(frame, rows)
    case "usage":
      return usagePage(frame, rows)
    case "run": {
      const row = listRows(view, { ...state, filter: "", group: "none" }, nowMs).find(({ id }) => id === state.selected)
      const run = row?.kind === "run" ? row.run : view.runs.get(state.selected ?? "")
      return run === undefined
        ? part([{ spans: [span("  This run has ended and left the picture.", "dim")] }])
        : runPage(run, frame, rows)
    }
    case "help":
      return helpPage(frame, rows)
    case "overview":
      if (listRows(view, { ...state, filter: "" }, nowMs).length === 0) return emptyPage(frame, rows)
      return overview(frame, rows)
  }
}

function tooSmall({ columns, rows }: Frame): Part {
  const needs = `needs ${MIN_COLUMNS} x ${MIN_ROWS}`
  const whole = `bot-bottle ${needs}; this is ${columns} x ${rows}`
  return part([{ spans: [span(whole.length <= columns ? whole : needs)] }])
}

function asciiLine(line: Line): Line {
  return { ...line, spans: line.spans.map((each) => ({ ...each, text: toAscii(each.text) })) }
}
