// The top of every page: how many runs are in which state, whether the picture is live, and how
// far each provider's host budget has been spent.

import { type BudgetRow, USD } from "@bot-bottle/contracts"
import { listAsks } from "../ask-list.ts"
import { gauge, gaugeRole, isSpent, percentOf, shareOf, sparkline } from "../bars.ts"
import { type Frame, isTall, isWide, type Part, part } from "../frame.ts"
import type { HostView } from "../host-view.ts"
import { keyFor } from "../keys/keys.ts"
import { BLANK, bold, type Line, line, type Role, type Span, span, spread, widthOf } from "../line.ts"
import { history, isIdle, lastsMs, NO_RATE, perMinute, type Rate } from "../rates.ts"
import { isLive } from "../run-rows.ts"
import { cellsOf, clock, cut, duration, padEnd, padStart, shortAmount, shortCount } from "../text.ts"

/** Without a word from the watcher for so long, the picture is old. */
export const STALE_MS = 3_000
const QUIET_MS = 60_000
const MIN_FOR_PACE = 72

export function isStale({ view, nowMs }: Pick<Frame, "view" | "nowMs">): boolean {
  return view.connection === "live" && nowMs - view.heardAtMs > STALE_MS
}

/** The picture is of some time ago: its header is grey. */
function isOld(frame: Frame): boolean {
  return isStale(frame) || frame.view.connection === "trouble"
}

export function header(frame: Frame): Part {
  const gauges = gaugeLines(frame)
  const around = isTall(frame) && gauges.length > 0 ? [BLANK] : []
  return part([titleLine(frame), ...around, ...gauges, ...around])
}

export function titleLine(frame: Frame): Line {
  const { view, glyphs, columns } = frame
  const left: Span[] = [bold(" bot-bottle", isOld(frame) ? "dim" : "text"), span("   "), ...countSpans(frame)]
  const { text, role } = connectionOf(frame)
  const time = clock(frame.nowMs, frame.zoneOffsetMs, isQuiet(frame) ? "minutes" : "seconds")
  // Where both do not fit, the counts matter more than whose they are.
  const room = columns - widthOf(left) - cellsOf(`${time}  ${text}`) - 2
  const where = view.host === "" || room < cellsOf(view.host) + 2 ? "" : `${view.host}  `
  return spread(left, [span(`${where}${time}  `, "dim"), span(text, role)], columns, glyphs.ellipsis)
}

/** `8 running  1 cut  1 frozen`, for the title of the terminal as well. */
export function countsOf(view: HostView, nowMs: number): readonly { readonly text: string; readonly role: Role }[] {
  const runs = [...view.runs.values()].filter(isLive)
  const count = (status: string) => runs.filter((run) => run.status === status).length
  const parts: { readonly text: string; readonly role: Role }[] = [
    { text: `${count("running")} running`, role: "text" },
    { text: `${count("cut")} cut`, role: "bad" },
    { text: `${count("frozen")} frozen`, role: "cold" },
    { text: `${listAsks(view, nowMs).length} waiting`, role: "warn" },
  ]
  return runs.length === 0 ? [] : parts.filter(({ text }) => !text.startsWith("0 "))
}

function countSpans(frame: Frame): readonly Span[] {
  const { view, nowMs, bindings, columns, state } = frame
  if (view.connection === "waiting" || (view.connection === "trouble" && view.runs.size === 0)) return []
  const counts = countsOf(view, nowMs)
  if (counts.length === 0) return [span("no runs", "dim")]
  const key = state.page === "asks" ? undefined : keyFor(bindings, "asks")
  return counts.flatMap(({ text, role }, index) => {
    const isAsks = text.endsWith(" waiting")
    const words = isAsks && isWide({ columns, rows: 0 }) ? `${text} for you` : text
    const [count = "", ...rest] = words.split(" ")
    return [
      span(index === 0 ? "" : "  "),
      // Of a usual count, only the number stands out.
      ...(role === "text" && !isOld(frame)
        ? [span(count), span(` ${rest.join(" ")}`, "dim")]
        : [span(words, isOld(frame) ? "dim" : role)]),
      ...(isAsks && key !== undefined ? [span("  "), bold(key, "accent")] : []),
    ]
  })
}

function connectionOf(frame: Frame): { readonly text: string; readonly role: Role } {
  const { view, glyphs, nowMs, state, bindings } = frame
  if (view.connection === "trouble") return { text: `${glyphs.alert} no ledger`, role: "bad" }
  if (view.connection === "waiting") return { text: "reading", role: "dim" }
  if (state.isHeld) return { text: `${glyphs.alert} paused  ${keyFor(bindings, "hold") ?? ""}`, role: "warn" }
  if (!isStale(frame)) return { text: `${glyphs.live} live`, role: "ok" }
  return { text: `${glyphs.alert} no news for ${Math.floor((nowMs - view.heardAtMs) / 1000)}s`, role: "warn" }
}

/** Seconds stand still while nothing happens: motion means news. */
function isQuiet({ view, nowMs }: Frame): boolean {
  return ![...view.runs.values()].some((run) => run.lastAtMs > nowMs - QUIET_MS || hasOpen(run))
}

function hasOpen({ requests }: { readonly requests: readonly { readonly status: string }[] }): boolean {
  return requests.some(({ status }) => status === "reserved")
}

function gaugeLines(frame: Frame): readonly Line[] {
  if (frame.view.connection === "trouble" && frame.view.runs.size === 0) return []
  const rows = hostBudgets(frame.view).slice(0, isTall(frame) ? 4 : 2)
  const nameWidth = Math.max(6, ...rows.map(({ provider }) => Math.min(14, cellsOf(provider))))
  const lines = rows.map((row) => gaugeLine(row, nameWidth, frame))
  return isOld(frame) ? lines.map((each) => ({ ...each, faded: true })) : lines
}

/** One for each provider: the host's limit, else its ceiling, else its use without a limit. */
export function hostBudgets(view: HostView): readonly BudgetRow[] {
  const best = new Map<string, BudgetRow>()
  for (const row of view.budgets.values()) {
    if (row.scope !== "host") continue
    const known = best.get(row.provider)
    if (known === undefined || rank(row) < rank(known)) best.set(row.provider, row)
  }
  return [...best.values()].sort((a, b) => rank(a) - rank(b) || (a.provider < b.provider ? -1 : 1))
}

function rank({ limit, is_ceiling }: BudgetRow): number {
  if (limit === null) return 2
  return is_ceiling ? 1 : 0
}

function gaugeLine(row: BudgetRow, nameWidth: number, frame: Frame): Line {
  const { view, nowMs, glyphs } = frame
  const wide = isWide(frame)
  const rate = view.rates.get(row.provider) ?? NO_RATE
  const cells = wide ? 34 : Math.max(6, Math.min(16, frame.columns - 64 - nameWidth + 6))
  const percent = row.limit === null ? "" : percentOf(row)
  const left = timeLeft(row, rate, frame)
  const graph = wide
    ? [
        span(sparkline(history(rate, nowMs, { cells: 24, spanMs: 1_800_000 }), topOf(rate, nowMs), glyphs), "spark"),
        span("   "),
      ]
    : []
  return line(
    bold(` ${padEnd(cut(row.provider, nameWidth, glyphs.ellipsis), nameWidth)}  `),
    ...gauge(row, cells, glyphs),
    bold(padStart(percent, 5), gaugeRole(shareOf(row)) === "accent" ? "text" : gaugeRole(shareOf(row))),
    span(padEnd(`   ${padStart(describeUse(row), 7)}`, 25)),
    // The pace is counted in tokens. On a very narrow screen, how long it lasts says the same.
    ...(frame.columns < MIN_FOR_PACE
      ? []
      : [span(padStart(row.provider === USD ? "" : `${shortCount(perMinute(rate, nowMs))}/min`, 9))]),
    span(wide ? "  " : "   "),
    ...graph,
    span(wide ? left.long : left.text, left.role),
  )
}

function topOf(rate: Rate, nowMs: number): number {
  return Math.max(...history(rate, nowMs, { cells: 24, spanMs: 1_800_000 }), 1)
}

/** `3.42M of 5M today`. */
export function describeUse(row: Pick<BudgetRow, "provider" | "used" | "limit" | "window">): string {
  const { provider, used, limit } = row
  const when = windowWord(row.window)
  const used_ = padStart(shortAmount(provider, used), 5)
  if (limit === null) return `${used_} no limit`
  return `${used_} of ${shortAmount(provider, limit)}${when === "" ? "" : ` ${when}`}`
}

export function windowWord(window: BudgetRow["window"]): string {
  switch (window) {
    case "total":
      return ""
    case "hour":
      return "this hour"
    case "day":
      return "today"
    case "week":
      return "this week"
    case "month":
      return "this month"
  }
}

interface TimeLeft {
  readonly text: string
  /** Where there is room. */
  readonly long: string
  readonly role: Role
}

/** How long it lasts at the pace of the last five minutes, in the tokens that the gauge counts. */
export function timeLeft(row: BudgetRow, rate: Rate, { nowMs }: Pick<Frame, "nowMs">): TimeLeft {
  const resetMs = row.resets_at === null ? undefined : Date.parse(row.resets_at) - nowMs
  const reset = resetMs === undefined ? "" : duration(resetMs)
  const isQuiet = isIdle(rate, nowMs)
  if (row.limit === null) return { text: isQuiet ? "idle" : "", long: isQuiet ? "idle" : "", role: "dim" }
  if (isSpent(row)) return { text: "spent", long: reset === "" ? "spent" : `spent, resets in ${reset}`, role: "bad" }
  if (row.provider === USD) return { text: "", long: reset === "" ? "" : `resets in ${reset}`, role: "dim" }
  const ms = lastsMs(rate, row.limit - row.used, nowMs)
  if (ms === undefined) return { text: "idle", long: reset === "" ? "idle" : `idle, resets in ${reset}`, role: "dim" }
  if (resetMs !== undefined && resetMs < ms)
    return { text: `resets in ${reset.split(" ")[0]}`, long: `lasts until reset in ${reset}`, role: "dim" }
  const text = ms > 30 * 86_400_000 ? "over 30d left" : `${duration(ms)} left`
  return { text, long: `${text} at this rate`, role: ms < 600_000 ? "bad" : ms < 3_600_000 ? "warn" : "text" }
}
