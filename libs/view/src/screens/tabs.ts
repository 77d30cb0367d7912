// The tabs of a run that are lists of words: denials, history, and pages that a command wrote.

import type { Frame } from "../frame.ts"
import type { HistoryEntry, RunView } from "../host-view.ts"
import { type Line, line, type Role, span } from "../line.ts"
import { describeTarget, suggestRoute } from "../suggest-route.ts"
import { clock, counted, cut, exactCount, padEnd, plain, shortAge } from "../text.ts"
import { wrapped } from "./empty.ts"

export function denialLines(run: RunView, frame: Frame): readonly Line[] {
  const { view, nowMs, columns, glyphs } = frame
  const denials = [...view.denials.values()]
    .filter(({ slug }) => slug === run.slug)
    .sort((a, b) => b.lastAtMs - a.lastAtMs)
  if (denials.length === 0) {
    const text = !isWatched(run, frame)
      ? `of a past run: bot-bottle logs --egress ${run.slug}`
      : run.denied === 0
        ? "nothing was refused"
        : `${counted(run.denied, "refusal")}; this bottle logs none (egress: log: 0)`
    return [line(span(`  ${text}`, "dim"))]
  }
  return denials.flatMap((denial) => {
    const suggestion = suggestRoute(denial)
    const times = denial.count === 1 ? "once" : `${denial.count} times`
    const head = line(
      span(`  ${padEnd(shortAge(nowMs - denial.lastAtMs), 5)}`, "dim"),
      span(cut(describeTarget(denial), columns - 45, glyphs.ellipsis), suggestion.outcome === "none" ? "bad" : "text"),
      span(`  ${denial.reason}, ${times}`, "dim"),
    )
    const below = suggestion.outcome === "none" ? wrapped(suggestion.why, columns - 11) : suggestion.lines.slice(2)
    return [head, ...below.map((text) => line(span(`         ${text.trimStart()}`, "dim")))]
  })
}

export function historyLines(run: RunView, frame: Frame): readonly Line[] {
  const rows = frame.view.history.filter(({ slug }) => slug === run.slug).toReversed()
  if (rows.length === 0) {
    const text = isWatched(run, frame) ? "nothing was done to this run" : `of a past run: bot-bottle audit`
    return [line(span(`  ${text}`, "dim"))]
  }
  return rows.map((row) =>
    line(
      span(`  ${clock(row.atMs, frame.zoneOffsetMs, "seconds")}  `, "dim"),
      span(padEnd(row.action, 20), roleOf(row)),
      span(padEnd(cut(`by ${row.actor}`, 18, frame.glyphs.ellipsis), 20), "dim"),
      span(describeDetail(row), "dim"),
    ),
  )
}

function roleOf({ action }: HistoryEntry): Role {
  if (/kill|cutoff|cut|exhaust|fail/.test(action)) return "bad"
  if (/freeze|frozen/.test(action)) return "cold"
  return /warn|threshold/.test(action) ? "warn" : "text"
}

/** Of a run that the stream does not carry, what was refused and done is not known here. */
export function isWatched({ slug }: RunView, { view }: Frame): boolean {
  return view.runs.has(slug)
}

const AMOUNTS_FIRST = ["limit", "used", "percent"]

/** `limit 500,000, used 500,123, provider claude`: the row's own values, and no more than they say. */
function describeDetail({ detail, slug }: HistoryEntry): string {
  const place = (name: string) => (AMOUNTS_FIRST.includes(name) ? AMOUNTS_FIRST.indexOf(name) : AMOUNTS_FIRST.length)
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== undefined && value !== false && typeof value !== "object")
    .sort(([a], [b]) => place(a) - place(b))
    .map(([name, value]) => {
      const words = plain(name.replace(/([A-Z])|_/g, (_, letter?: string) => ` ${letter ?? ""}`).toLowerCase())
      if (value === true) return words
      const own = value === `run:${slug}` ? "run" : String(value)
      return `${words} ${typeof value === "number" ? exactCount(value) : plain(own)}`
    })
    .join(", ")
}

export function pageLines(lines: readonly string[] | undefined): readonly Line[] {
  if (lines === undefined) return [line(span("  reading", "dim"))]
  return lines.map((text) => line(span(`  ${text}`)))
}
