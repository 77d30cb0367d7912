// The columns of the list of runs. They are added while there is room, in the order of how much
// they help; they stand in the order in which people read.

import { gauge, gaugeRole, percentOf, shareOf, sparkline } from "../bars.ts"
import type { Frame } from "../frame.ts"
import type { RunView } from "../host-view.ts"
import { bold, type Role, type Span, span, widthOf } from "../line.ts"
import { history, perMinute } from "../rates.ts"
import { failureWord, isLive, statusWord } from "../run-rows.ts"
import { cellsOf, cut, dayClock, money, padEnd, padStart, shortAge, shortAmount, shortCount } from "../text.ts"

/** From left to right. */
const ORDER = [
  "run",
  "agent",
  "bottle",
  "provider",
  "host",
  "issue",
  "status",
  "budget",
  "of",
  "cost",
  "rate",
  "open",
  "denied",
  "last",
] as const

export interface Column {
  readonly id: (typeof ORDER)[number]
  readonly title: string
  readonly width: number
  readonly align: "left" | "right"
  cells(run: RunView, width: number, frame: Frame, top: number): readonly Span[]
}

const GAP = 2
const CURSOR = 2
const MAX_RUN = 40
const MAX_BUDGET = 35
const MAX_RATE = 30
const SHOW_ID_FROM = 24
/** A name of this length is read whole before less telling columns are shown. */
const WHOLE_RUN = 22
const LESS_TELLING: ReadonlySet<Column["id"]> = new Set(["cost", "of", "agent", "bottle", "provider"])

// biome-ignore format: a table
const WANTED: readonly (Column & { readonly wide?: number; readonly wideTitle?: string; readonly only?: (run: RunView) => boolean })[] = [
  { id: "run",      title: "RUN",      width: 14, align: "left",  cells: runCells, wide: 24 },
  { id: "status",   title: "STATUS",   width: 9,  align: "left",  cells: statusCells },
  { id: "budget",   title: "BUDGET",   width: 15, align: "left",  cells: budgetCells, wide: 19 },
  { id: "rate",     title: "TOK/MIN",  width: 12, align: "left",  cells: rateCells, wide: 18 },
  { id: "open",     title: "OPEN",     width: 4,  align: "right", cells: ({ requests }, _, frame) => [span(orNone(requests.filter(({ status }) => status === "reserved").length, frame))] },
  { id: "denied",   title: "DEN", wide: 6, wideTitle: "DENIED",      width: 4,  align: "right", cells: ({ denied }, _, frame) => [span(orNone(denied, frame), denied > 0 ? "warn" : "text")] },
  { id: "last",     title: "LAST",     width: 4,  align: "right", cells: lastCells },
  { id: "issue",    title: "ISSUE",    width: 18, align: "left",  cells: issueCells, only: ({ forge }) => forge !== null },
  { id: "host",     title: "HOST",     width: 10, align: "left",  cells: ({ host }, width, frame) => [span(cut(host ?? frame.view.host, width, frame.glyphs.ellipsis))], only: ({ host }) => host !== null },
  { id: "cost",     title: "COST",     width: 7,  align: "right", cells: ({ cost_usd }, _, frame) => [span(cost_usd === null ? frame.glyphs.none : money(cost_usd))], only: ({ cost_usd }) => (cost_usd ?? 0) > 0 },
  { id: "of",       title: "   OF",    width: 13, align: "left",  cells: ofCells },
  { id: "agent",    title: "AGENT",    width: 11, align: "left",  cells: ({ agent }, width, frame) => [span(cut(agent, width, frame.glyphs.ellipsis), "dim")] },
  { id: "bottle",   title: "BOTTLE",   width: 10, align: "left",  cells: ({ bottles }, width, frame) => [span(cut(bottles.join("+"), width, frame.glyphs.ellipsis), "dim")] },
  { id: "provider", title: "PROVIDER", width: 8,  align: "left",  cells: ({ provider }, width, frame) => [span(cut(provider, width, frame.glyphs.ellipsis), "dim")] },
]

export function chooseColumns(runs: readonly RunView[], columns: number): readonly Column[] {
  const isWide = columns >= 110
  const chosen: Column[] = []
  let left = columns - CURSOR + GAP
  for (const wanted of WANTED) {
    if (wanted.only !== undefined && !runs.some(wanted.only)) continue
    const width = Math.max(isWide ? (wanted.wide ?? wanted.width) : wanted.width, statusWidth(wanted, runs, isWide))
    const kept = LESS_TELLING.has(wanted.id) ? moreForNames(chosen, runs) : 0
    if (left < width + GAP + kept) break
    chosen.push({ ...wanted, width, title: isWide ? (wanted.wideTitle ?? wanted.title) : wanted.title })
    left -= width + GAP
  }
  return widened(chosen, left).sort((a, b) => ORDER.indexOf(a.id) - ORDER.indexOf(b.id))
}

/** The cells that the column of names lacks. */
function moreForNames(chosen: readonly Column[], runs: readonly RunView[]): number {
  const longest = Math.max(0, ...runs.map(({ label }) => cellsOf(label)))
  const { width } = chosen.find(({ id }) => id === "run") ?? { width: WHOLE_RUN }
  return Math.max(0, Math.min(longest, WHOLE_RUN) - width)
}

/** The rest of the room goes to the names first, then to the bars and the graphs. */
function widened(columns: readonly Column[], left: number): Column[] {
  let rest = left
  const most = new Map<Column["id"], number>([
    ["run", MAX_RUN],
    ["budget", MAX_BUDGET],
    ["rate", MAX_RATE],
  ])
  const wider = new Map<Column["id"], number>()
  for (const [id, width] of most) {
    const column = columns.find((each) => each.id === id)
    if (column === undefined) continue
    const more = Math.max(0, Math.min(rest, width - column.width))
    wider.set(id, column.width + more)
    rest -= more
  }
  return columns.map((column) => ({ ...column, width: wider.get(column.id) ?? column.width }))
}

/** A parked run says until when. */
function statusWidth({ id }: Pick<Column, "id">, runs: readonly RunView[], isWide: boolean): number {
  if (id !== "status" || !runs.some(({ parked_until }) => parked_until !== null)) return 0
  return isWide ? "parked until Nov 29 07:00".length : "parked Nov 29".length
}

export function headSpans(
  columns: readonly Column[],
  sorted: string,
  isReversed: boolean,
  frame: Frame,
): readonly Span[] {
  const arrow = isReversed ? frame.glyphs.up : frame.glyphs.down
  const cells = columns.map(({ id, title, width, align }) => {
    const text = id === sorted ? cut(`${title}${arrow}`, width, "") : title
    return align === "right" ? padStart(text, width) : padEnd(text, width)
  })
  return [span(`  ${cells.join("  ")}`, "dim")]
}

export function rowSpans(run: RunView, columns: readonly Column[], frame: Frame, top: number): readonly Span[] {
  const isOver = !isLive(run)
  return columns.flatMap((column, index) => {
    const cells = column.cells(run, column.width, frame, top)
    const pad = span(" ".repeat(Math.max(0, column.width - widthOf(cells))))
    const placed = column.align === "right" ? [pad, ...cells] : [...cells, pad]
    // A run that is over is quiet, except for a bad end.
    const shown = isOver && column.id !== "status" ? placed.map(({ text }) => span(text, "dim")) : placed
    return index === 0 ? shown : [span("  "), ...shown]
  })
}

function orNone(count: number, { glyphs }: Frame): string {
  return count === 0 ? glyphs.none : shortCount(count)
}

function runCells(run: RunView, width: number, { glyphs }: Frame): readonly Span[] {
  const role: Role = run.color === "" ? "text" : `label:${run.color}`
  const id = run.slug.slice(-5)
  if (width < SHOW_ID_FROM || cellsOf(run.label) + 6 > width + 12)
    return [bold(cut(run.label, width, glyphs.ellipsis), role)]
  return [bold(cut(run.label, width - 6, glyphs.ellipsis), role), span(` ${id}`, "dim")]
}

function statusCells(run: RunView, width: number, frame: Frame): readonly Span[] {
  const word = statusWord(run)
  const failure = failureWord(run)
  if (failure !== undefined) return [span(failure, "bad")]
  switch (run.status) {
    case "running":
      // Unlisted hosts are let through: said in red, as `list` does.
      if (run.observe && run.pending === undefined) return [bold("observes", "bad")]
      return [span(word, run.pending === undefined ? "dim" : "warn")]
    case "cut":
      return [bold(word, "bad")]
    case "frozen":
      return [span(run.pending === undefined ? parkedWord(run, width, frame) : word, "cold")]
    case "ended":
    case "killed":
      return [span(word, "dim")]
  }
}

function parkedWord({ parked_until, end_reason }: RunView, width: number, { nowMs, zoneOffsetMs }: Frame): string {
  // The time of a run on another host is not known here.
  if (parked_until === null) return end_reason === "parked" ? "parked" : "frozen"
  const until = dayClock(Date.parse(parked_until), nowMs, zoneOffsetMs)
  const whole = `parked until ${until}`
  // Too narrow for a time of another day: the day alone.
  return cellsOf(whole) <= width ? whole : `parked ${until}`.slice(0, width).trimEnd()
}

function budgetCells(run: RunView, width: number, { glyphs }: Frame): readonly Span[] {
  const [budget] = run.budgets
  if (budget === undefined || budget.limit === null) {
    return [span(padEnd(`${shortCount(run.usage.charged_tokens)} used`, width), "dim")]
  }
  const role = gaugeRole(shareOf(budget))
  return [...gauge(budget, width - 5, glyphs), span(padStart(percentOf(budget), 5), role === "accent" ? "text" : role)]
}

function rateCells(run: RunView, width: number, { nowMs, glyphs }: Frame, top: number): readonly Span[] {
  const pace = perMinute(run.rate, nowMs)
  const text = pace < 1 ? glyphs.none : shortCount(pace)
  const values = history(run.rate, nowMs, { cells: width - 6, spanMs: 600_000 })
  return [span(`${padStart(text, 5)} `), span(sparkline(values, top, glyphs), "spark")]
}

function lastCells(run: RunView, _: number, { nowMs, glyphs }: Frame): readonly Span[] {
  const ms = nowMs - run.lastAtMs
  const text = ms < 1_000 ? "now" : shortAge(ms)
  return [span(run.lastAtMs === 0 ? glyphs.none : text, ms < 60_000 ? "text" : "dim")]
}

function ofCells({ budgets }: RunView, width: number, { glyphs }: Frame): readonly Span[] {
  const [budget] = budgets
  if (budget === undefined || budget.limit === null) return [span(padStart(glyphs.none, 5), "dim")]
  const scope = budget.is_ceiling ? "ceiling" : budget.scope
  const amount = padStart(shortAmount(budget.provider, budget.limit), 5)
  return [span(amount), span(cut(` ${scope}`, width - cellsOf(amount), glyphs.ellipsis), "dim")]
}

function issueCells({ forge }: RunView, width: number, { glyphs }: Frame): readonly Span[] {
  if (forge === null) return [span(glyphs.none, "dim")]
  const text = forge.pull_request === null ? forge.issue : `${forge.issue} ${forge.pull_request}`
  return [span(cut(text, width, glyphs.ellipsis))]
}
