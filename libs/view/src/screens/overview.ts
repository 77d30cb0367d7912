// The first page: what is wrong, how long the budgets last, every run in a row, and what the
// selected one is doing.

import { type Frame, isTall, type Part, part, stack } from "../frame.ts"
import type { RunView } from "../host-view.ts"
import { BLANK, bold, type Line, line, type Span, type Spot, span, spread } from "../line.ts"
import { history, perMinute } from "../rates.ts"
import { type ListRow, listRows, selectedRow } from "../run-rows.ts"
import { counted, cut, exactCount, money, plain, shortAge, shortCount } from "../text.ts"
import { alertLine } from "./alert.ts"
import { type Column, chooseColumns, headSpans, rowSpans } from "./columns.ts"
import { requestTable } from "./requests.ts"

const MIN_PREVIEW = 6
const SORT_COLUMN = {
  start: "",
  label: "run",
  status: "status",
  budget: "budget",
  rate: "rate",
  denied: "denied",
  last: "last",
}

export function overview(frame: Frame, rows: number): Part {
  const list = listRows(frame.view, frame.state, frame.nowMs)
  const gap = isTall(frame) ? [BLANK] : []
  const above = part([alertLine(frame), ...gap])
  const body = rows - above.lines.length
  const selected = selectedRow(list, frame.state)
  const listHeight = Math.min(list.length + 1, heightOfList(list.length, body))
  const table = runTable(list, selected, listHeight, frame)
  const preview = previewOf(selected, body - table.lines.length, frame)
  return stack(above, table, preview)
}

/** Of the body, with the head of the table; a long list leaves the preview its room on a tall screen only. */
function heightOfList(count: number, body: number): number {
  const wanted = count + 1
  if (body - wanted - 1 >= MIN_PREVIEW) return wanted
  return body >= 24 ? body - 10 : body
}

function runTable(list: readonly ListRow[], selected: ListRow | undefined, height: number, frame: Frame): Part {
  const runs = list.flatMap((row) => (row.kind === "run" ? [row.run] : row.runs))
  const columns = chooseColumns(runs, frame.columns)
  const { state, nowMs } = frame
  const head = { spans: headSpans(columns, SORT_COLUMN[state.sort], state.isReversed, frame) }
  if (list.length === 0)
    return part([
      head,
      line(
        span(`  no run matches '${plain(state.filter)}'   `, "dim"),
        bold("esc", "accent"),
        span(" clears the filter", "dim"),
      ),
    ])

  const top = Math.max(1, ...runs.flatMap(({ rate }) => history(rate, nowMs, { cells: 12, spanMs: 600_000 })))
  const room = Math.max(1, height - 1)
  const at = selected === undefined ? 0 : Math.max(0, list.indexOf(selected))
  const isCut = list.length > room
  const visible = isCut ? Math.max(1, room - 1) : room
  const first = isCut ? Math.max(0, Math.min(list.length - visible, at - Math.floor(visible / 2))) : 0
  const shown = list.slice(first, first + visible)

  const lines = shown.map((row) => listLine(row, row === selected, columns, frame, top))
  const below = list.length - first - shown.length
  const rest = [...(first > 0 ? [`${first} above`] : []), ...(below > 0 ? [`${below} below`] : [])]
  const more = isCut ? [line(span(`  ${rest.join(", ")}`, "dim"))] : []
  const spots = shown.map(
    (row, index): Spot => ({ row: index + 1, from: 0, to: frame.columns, does: { kind: "select", id: row.id } }),
  )
  return part([head, ...lines, ...more], [...sortSpots(columns), ...spots])
}

function sortSpots(columns: readonly Column[]): readonly Spot[] {
  let from = 2
  return columns.map(({ id, width }) => {
    const spot: Spot = { row: 0, from, to: from + width, does: { kind: "key", key: `sort ${id}` } }
    from += width + 2
    return spot
  })
}

function listLine(row: ListRow, isSelected: boolean, columns: readonly Column[], frame: Frame, top: number): Line {
  const { glyphs, state } = frame
  const isMarked = row.kind === "run" && state.marked.includes(row.run.slug)
  const lead: Span[] = [span(isSelected ? glyphs.cursor : " ", "accent"), span(isMarked ? glyphs.mark : " ", "accent")]
  const cells = row.kind === "run" ? rowSpans(row.run, columns, frame, top) : groupSpans(row, frame)
  return { spans: [...lead, ...cells], ...(isSelected ? { selected: true } : {}) }
}

function groupSpans(row: ListRow & { kind: "group" }, { glyphs, nowMs }: Frame): readonly Span[] {
  const pace = row.runs.reduce((sum, { rate }) => sum + perMinute(rate, nowMs), 0)
  const charged = row.runs.reduce((sum, { usage }) => sum + usage.charged_tokens, 0)
  const costs = row.runs.flatMap(({ cost_usd }) => cost_usd ?? [])
  const cost = costs.length === 0 ? "" : `  ${money(costs.reduce((sum, each) => sum + each, 0))}`
  return [
    bold(`${row.isFolded ? glyphs.closed : glyphs.open} ${row.name}`),
    span(`  ${counted(row.runs.length, "run")}  ${shortCount(pace)}/min  ${shortCount(charged)}${cost}`, "dim"),
  ]
}

function previewOf(row: ListRow | undefined, rows: number, frame: Frame): Part {
  if (row === undefined || row.kind !== "run" || rows < MIN_PREVIEW) return part([])
  return part([BLANK, previewRule(row.run, frame), ...requestTable(row.run.requests, rows - 2, frame)])
}

function previewRule(run: RunView, frame: Frame): Line {
  const { glyphs, nowMs, columns } = frame
  const sinceMs = (run.endedAtMs ?? nowMs) - run.startedAtMs
  const left = [
    span(`${glyphs.rule} `, "line"),
    bold(cut(run.label, 40, glyphs.ellipsis), run.color === "" ? "text" : `label:${run.color}`),
    ...placeSpans(run),
    span(`  ${run.slug}  for ${shortAge(sinceMs)}  `, "dim"),
  ]
  const denied = run.denied > 0 ? `  ${exactCount(run.denied)} denied` : ""
  const cost = run.cost_usd === null ? "" : `  ${money(run.cost_usd)}`
  const right = [span(` ${counted(run.usage.requests, "request")}${denied}${cost} `, "dim")]
  return rule(left, right, columns, frame)
}

/** The issue that it works on, and the host where it runs: a narrow table has no columns for them. */
function placeSpans({ forge, host }: RunView): readonly Span[] {
  const issue =
    forge === null ? "" : [forge.issue, ...(forge.pull_request === null ? [] : [forge.pull_request])].join(" ")
  return [...(issue === "" ? [] : [span(`  ${issue}`)]), ...(host === null ? [] : [span("  on ", "dim"), span(host)])]
}

export function rule(left: readonly Span[], right: readonly Span[], columns: number, { glyphs }: Frame): Line {
  const { spans } = spread(left, right, columns, glyphs.ellipsis)
  return { spans: spans.map((each) => (/^ {3,}$/.test(each.text) ? fillRule(each.text.length, glyphs.rule) : each)) }
}

function fillRule(width: number, glyph: string): Span {
  return span(` ${glyph.repeat(Math.max(0, width - 2))} `, "line")
}
