// Charged tokens by day, and a table of the same tokens split by model, agent, bottle, provider
// or run.

import { plainBar } from "../bars.ts"
import { type Frame, isWide, type Part, part, scrolled, stack } from "../frame.ts"
import { BLANK, type Line, line, span } from "../line.ts"
import type { UsageFigure } from "../state.ts"
import { clock, cut, duration, exactCount, money, padEnd, padStart, plain, shortCount } from "../text.ts"

const DAYS = 14

export function usagePage(frame: Frame, rows: number): Part {
  const { usage, usageBy } = frame.state
  if (usage.rows === undefined) return part([BLANK, line(span("  reading", "dim"))])
  const accounts = accountLines(frame)
  const days = usage.days.slice(-DAYS)
  const top = Math.max(1, ...days.map(({ charged }) => charged))
  const cells = Math.min(60, frame.columns - 34)
  const shownDays = days.slice(-Math.max(3, rows - 7 - accounts.length))
  const chart = shownDays.map(({ key, charged }) =>
    line(
      span(`  ${padEnd(plain(key).slice(5), 7)}`, "dim"),
      span(plainBar(charged / top, cells, frame.glyphs), "accent"),
      span(`  ${shortCount(charged)}`),
    ),
  )
  const table = tableLines(usage.rows, usageBy, frame)
  const room = Math.max(2, rows - chart.length - 4 - accounts.length)
  const title = chart.length === 0 ? "no usage yet" : "charged tokens by day"
  return stack(
    part([BLANK, ...accounts, line(span(`  ${title}`)), BLANK, ...chart, BLANK, ...table.slice(0, 1)]),
    scrolled(table.slice(1), room - 1, frame.state.scroll),
  )
}

/** The accounts that pay, and how much of their provider's own windows is used. */
function accountLines({ view, nowMs, zoneOffsetMs, glyphs }: Frame): readonly Line[] {
  const lines = [...view.accounts.values()].map(({ provider, name, owner, access_until, problem, windows }) => {
    const who = [provider, name === null ? "" : `'${name}'`, owner ?? ""].filter((word) => word !== "").join(" ")
    if (problem !== null) return line(span(`  ${who}  `), span(problem, "bad"))
    const access =
      access_until === null ? [] : [`access until ${clock(Date.parse(access_until), zoneOffsetMs, "minutes")}`]
    const used = windows.map(({ name: window, used_percent: percent, is_spent: isSpent, resets_at }) => {
      const resets = resets_at === null ? "" : ` resets in ${duration(Math.max(0, Date.parse(resets_at) - nowMs))}`
      return `${window} ${isSpent ? "spent" : percent === null ? "" : `${Math.round(percent)}%`}${resets}`
    })
    const isSpent = windows.some(({ is_spent }) => is_spent)
    return line(span(`  ${who}  `), span([...access, ...used].join(` ${glyphs.none} `), isSpent ? "warn" : "dim"))
  })
  return lines.length === 0 ? [] : [...lines, BLANK]
}

function tableLines(rows: readonly UsageFigure[], by: string, frame: Frame): readonly Line[] {
  const wide = isWide(frame)
  const hasCost = rows.some(({ costUsd }) => (costUsd ?? 0) > 0)
  const keyWidth = wide ? 28 : Math.max(10, Math.min(24, frame.columns - 57 - (hasCost ? 11 : 0)))
  const titles = [
    "REQUESTS",
    "INPUT",
    "CACHE READ",
    ...(wide ? ["CACHE WRITE"] : []),
    "OUTPUT",
    "CHARGED",
    ...(hasCost ? ["COST"] : []),
  ]
  const width = wide ? 13 : 11
  const head = line(
    span(`  ${padEnd(by.toUpperCase(), keyWidth)}${titles.map((title) => padStart(title, width)).join("")}`, "dim"),
  )
  const count = wide ? exactCount : shortCount
  return [
    head,
    ...rows.map((row) => {
      const cells = [
        exactCount(row.requests),
        count(row.input),
        count(row.cacheRead),
        ...(wide ? [count(row.cacheWrite)] : []),
        count(row.output),
        count(row.charged),
        ...(hasCost ? [row.costUsd === null ? frame.glyphs.none : money(row.costUsd)] : []),
      ]
      const key = padEnd(cut(plain(row.key), keyWidth - 1, frame.glyphs.ellipsis), keyWidth)
      return line(span(`  ${key}`), span(cells.map((cell) => padStart(cell, width)).join("")))
    }),
  ]
}
