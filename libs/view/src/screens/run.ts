// One run: its budgets to the token, its pace over half an hour, and five tabs of detail.

import { type BudgetRow, USD } from "@bot-bottle/contracts"
import { listAsks } from "../ask-list.ts"
import { gauge, gaugeRole, graph, percentOf, shareOf } from "../bars.ts"
import { type Frame, isTall, isWide, type Part, part, scrolled, stack } from "../frame.ts"
import { budgetKey, type RunView } from "../host-view.ts"
import { keyFor } from "../keys/keys.ts"
import { BLANK, bold, type Line, line, type Role, type Span, type Spot, span, widthOf } from "../line.ts"
import { history, perMinute } from "../rates.ts"
import { failureWord, isLive, statusWord } from "../run-rows.ts"
import { TABS } from "../state.ts"
import {
  cut,
  dayClock,
  exactAmount,
  exactCount,
  money,
  padEnd,
  padStart,
  shortAge,
  shortAmount,
  shortCount,
} from "../text.ts"
import { wrapped } from "./empty.ts"
import { windowWord } from "./header.ts"
import { rule } from "./overview.ts"
import { requestTable } from "./requests.ts"
import { denialLines, historyLines, isWatched, pageLines } from "./tabs.ts"

export function runPage(run: RunView, frame: Frame, rows: number): Part {
  const gap = frame.rows < LOW_ROWS ? [] : [BLANK]
  const totals = isWide(frame) ? totalLines(run) : []
  const left = [...budgetLines(run, frame), ...paceLines(run, frame)]
  const middle = totals.length === 0 ? left : beside(left, totals, frame)
  const above = stack(
    part([titleRule(run, frame), ...factLines(run, frame), ...gap]),
    part(middle),
    part(gap),
    tabLine(run, frame),
  )
  const room = rows - above.lines.length
  return stack(above, tabBody(run, frame, room))
}

function titleRule(run: RunView, frame: Frame): Line {
  const { glyphs, nowMs, columns } = frame
  const sinceMs = (run.endedAtMs ?? nowMs) - run.startedAtMs
  const left = [
    span(`${glyphs.rule} `, "line"),
    bold(cut(run.label, 48, glyphs.ellipsis), run.color === "" ? "text" : `label:${run.color}`),
    span(`  ${run.slug} `, "dim"),
  ]
  const failure = failureWord(run)
  const isBad = run.status === "cut" || run.status === "killed" || failure !== undefined
  const role = isBad ? "bad" : run.status === "frozen" ? "cold" : "text"
  // Where there is room, what it cost stands among the totals.
  const cost = run.cost_usd === null || isWide(frame) ? "" : `  ${money(run.cost_usd)}`
  const right = [span(` ${failure ?? statusWord(run)}`, role), span(`  for ${shortAge(sinceMs)}`, "dim"), span(cost)]
  return rule(left, right, columns, frame)
}

function factLines(run: RunView, frame: Frame): readonly Line[] {
  const { nowMs, zoneOffsetMs } = frame
  const tags = Object.entries(run.tags).map(([name, value]) => `${name}=${value}`)
  const facts: readonly (readonly [string, string, Role?])[] = [
    ...(run.observe && isLive(run) ? [["observes", "unlisted hosts are let through", "bad"] as const] : []),
    ["agent", run.agent],
    ["bottle", run.bottles.join(" + ") || "none"],
    ["provider", run.provider],
    ["backend", run.backend],
    ["when spent", run.shutdown],
    ...listAsks(frame.view, nowMs)
      .filter(({ slug }) => slug === run.slug)
      .slice(0, 1)
      .map(({ line: asked }) => ["asks for", asked, "warn"] as const),
    ...(run.parked_until === null
      ? []
      : [["parked until", dayClock(Date.parse(run.parked_until), nowMs, zoneOffsetMs), "cold"] as const]),
    ...(run.host === null ? [] : [["host", run.host] as const]),
    ...(run.forge === null ? [] : [["issue", run.forge.issue] as const]),
    ...(run.forge === null || run.forge.pull_request === null
      ? []
      : [["pull request", run.forge.pull_request] as const]),
    ...(tags.length === 0 ? [] : [["tags", tags.join(" ")] as const]),
    ...(run.end_reason === null || run.end_reason === "parked" ? [] : [["ended", run.end_reason] as const]),
  ]
  const gap = isWide(frame) ? "   " : "  "
  const lines: Span[][] = []
  for (const [name, value, role] of facts) {
    const fact = [span(`${name} `, "dim"), span(value, role ?? "text")]
    const last = lines.at(-1)
    const hasRoom = last !== undefined && widthOf(last) + gap.length + widthOf(fact) <= frame.columns
    if (hasRoom) last.push(span(gap), ...fact)
    else lines.push([span("  "), ...fact])
  }
  // On a low screen the rest of the page needs the room.
  return lines.slice(0, frame.rows >= 20 ? 3 : 1).map((spans) => ({ spans }))
}

/** Every limit that counts this run's requests, nearest first; `governs` marks the one that binds. */
export function limitsOf(run: RunView, frame: Pick<Frame, "view">): readonly BudgetRow[] {
  const counts = ({ scope, key }: BudgetRow) =>
    scope === "host" ||
    scope === "fleet" ||
    (scope === "run" && key === run.slug) ||
    (scope === "agent" && key === run.agent) ||
    (scope === "bottle" && (run.bottles.includes(key) || run.ancestors.includes(key)))
  const providers = new Set([run.provider, USD, ...run.budgets.map(({ provider }) => provider)])
  const known = new Map(
    [...frame.view.budgets].filter(([, row]) => counts(row) && row.limit !== null && providers.has(row.provider)),
  )
  for (const row of run.budgets) known.set(budgetKey(row), row)
  const order = ["run", "agent", "bottle", "host", "fleet"]
  return [...known.values()].sort(
    (a, b) => Number(a.is_ceiling) - Number(b.is_ceiling) || order.indexOf(a.scope) - order.indexOf(b.scope),
  )
}

function budgetLines(run: RunView, frame: Frame): readonly Line[] {
  const limits = limitsOf(run, frame)
  if (!isLive(run)) return [line(span(`  ${exactCount(run.usage.charged_tokens)} tokens charged`))]
  if (limits.length === 0 && run.host !== null) return [line(span(`  its budgets are known on ${run.host}`))]
  if (limits.length === 0) {
    const key = keyFor(frame.bindings, "budget")
    const action = key === undefined ? [] : [span(": "), bold(key, "accent"), span(" sets one", "dim")]
    return [line(span("  no budget limits this run"), ...action)]
  }
  const governing = new Set(run.budgets.map(budgetKey))
  const severalProviders = new Set(limits.map(({ provider }) => provider)).size > 1
  const nameWidth = Math.min(26, Math.max(17, ...limits.map((row) => nameOf(row, severalProviders).length)))
  const cells = isWide(frame) ? 28 : Math.max(8, Math.min(31, frame.columns - 49))
  // On a low screen only those that bind.
  const shown = frame.rows < LOW_ROWS ? limits.filter((row) => governing.has(budgetKey(row))) : limits
  return shown.slice(0, isTall(frame) ? 6 : 4).map((row) => {
    const governs = governing.has(budgetKey(row))
    const role = gaugeRole(shareOf(row))
    const count = isWide(frame) ? exactAmount(row.provider, row.used) : shortAmount(row.provider, row.used)
    const open = isWide(frame) && row.reserved > 0 ? ` + ${shortAmount(row.provider, row.reserved)} open` : ""
    const when = windowWord(row.window)
    return line(
      span(governs ? `${frame.glyphs.governs} ` : "  ", "accent"),
      span(
        padEnd(cut(nameOf(row, severalProviders), nameWidth, frame.glyphs.ellipsis), nameWidth),
        governs ? "text" : "dim",
      ),
      span("  "),
      ...gauge(row, cells, frame.glyphs),
      span(padStart(percentOf(row), 5), role === "accent" ? "text" : role),
      span(`  ${count}${open} of ${shortAmount(row.provider, row.limit ?? 0)}${when === "" ? "" : ` ${when}`}`),
    )
  })
}

function nameOf({ scope, key, provider, is_ceiling }: BudgetRow, withProvider: boolean): string {
  const name = is_ceiling
    ? "host ceiling"
    : scope === "host" || scope === "fleet"
      ? scope
      : scope === "run"
        ? "this run"
        : `${scope}:${key}`
  return withProvider ? `${name} ${provider}` : name
}

function totalLines(run: RunView): readonly Line[] {
  const { usage, cost_usd } = run
  const rows: readonly (readonly [string, string])[] = [
    ["input", exactCount(usage.input_tokens)],
    ["cache read", exactCount(usage.cache_read_tokens)],
    ["cache write", exactCount(usage.cache_write_tokens)],
    ["output", exactCount(usage.output_tokens)],
    ["reasoning", exactCount(usage.reasoning_tokens)],
    ["charged", exactCount(usage.charged_tokens)],
    ...(cost_usd === null ? [] : [["cost", money(cost_usd)] as const]),
    ...(usage.refused_requests === 0 ? [] : [["refused", exactCount(usage.refused_requests)] as const]),
  ]
  return [
    line(span(`${padEnd("tokens", 14)}${padStart("so far", 15)}`, "dim")),
    ...rows.map(([name, value]) => line(span(padEnd(name, 14), "dim"), span(padStart(value, 15)))),
  ]
}

/** Below the first there is no graph of the pace, below the second only with the requests. */
const LOW_ROWS = 20
const TALL_ROWS = 30
const TOTALS_WIDTH = 29

function beside(left: readonly Line[], right: readonly Line[], { columns }: Frame): readonly Line[] {
  const at = Math.min(columns - TOTALS_WIDTH - 2, 100)
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const spans = left[index]?.spans ?? []
    const gap = at - widthOf(spans)
    const more = right[index]?.spans
    return { spans: more === undefined || gap < 1 ? spans : [...spans, span(" ".repeat(gap)), ...more] }
  })
}

function paceLines(run: RunView, frame: Frame): readonly Line[] {
  const { nowMs, glyphs, columns, state } = frame
  const isRequests = TABS[state.tab] === "requests"
  // On a low screen the open tab needs the room; the pace belongs to the requests.
  // A past run's pace is not known.
  if (!isWatched(run, frame)) return []
  if (frame.rows < LOW_ROWS || (frame.rows < TALL_ROWS && !isRequests)) return []
  const rows = isTall(frame) ? 4 : 2
  const cells = Math.max(20, Math.min(90, (isWide(frame) ? columns - TOTALS_WIDTH - 10 : columns) - 4))
  const values = history(run.rate, nowMs, { cells, spanMs: 1_800_000 })
  const now = shortCount(perMinute(run.rate, nowMs))
  const peak = shortCount(Math.max(...values))
  const title = line(span("  tokens a minute", "text"), span(`   now ${now}   peak ${peak}   last 30 minutes`, "dim"))
  return [BLANK, title, ...graph(values, rows, glyphs).map(({ spans }) => ({ spans: [span("  "), ...spans] }))]
}

function tabLine(run: RunView, frame: Frame): Part {
  const denied = isWatched(run, frame) ? run.denied : undefined
  const counts = [run.usage.requests, denied, undefined, undefined, undefined]
  const spans: Span[] = [span("  ")]
  const spots: Spot[] = []
  const gap = isWide(frame) ? "    " : "   "
  for (const [index, name] of TABS.entries()) {
    const count = counts[index]
    const text = count === undefined ? name : `${name} ${exactCount(count)}`
    const from = widthOf(spans)
    const isOpen = frame.state.tab === index
    spans.push(bold(`${index + 1}`, "accent"), isOpen ? bold(` ${text}`) : span(` ${text}`, "dim"), span(gap))
    spots.push({ row: 0, from, to: widthOf(spans) - gap.length, does: { kind: "key", key: `${index + 1}` } })
  }
  return part([{ spans }], spots)
}

function tabBody(run: RunView, frame: Frame, rows: number): Part {
  const { columns } = frame
  const { scroll, pages, tab: open } = frame.state
  const tab = TABS[open] ?? "requests"
  switch (tab) {
    case "denials":
      return scrolled(denialLines(run, frame), rows, scroll)
    case "history":
      return scrolled(historyLines(run, frame), rows, scroll)
    case "manifest":
    case "provenance":
      return scrolled(pageLines(pages.get(`${tab} ${run.slug}`)), rows, scroll)
    case "requests": {
      const maxScroll = Math.max(0, run.requests.length - rows + 1)
      const table = requestTable(run.requests.slice(Math.min(scroll, maxScroll)), rows, frame)
      const note = [
        ...wrapped("These are the metered requests. With 'egress: log: 2', every request is in the log:", columns - 4),
        `bot-bottle logs --egress ${run.slug}`,
      ]
      const hasRoom = rows - table.length > note.length
      const lines = hasRoom ? [...table, BLANK, ...note.map((text) => line(span(`  ${text}`, "dim")))] : table
      return { ...part(lines), maxScroll }
    }
  }
}
