// `list --watch`: on a terminal the list of runs, drawn again in place when it changes; elsewhere
// a line for every run that changed.

import { formatAmount, formatCount, formatCounted, formatTime, sanitizeLine } from "@bot-bottle/contracts"
import { loadSettings } from "@bot-bottle/manifest"
import { drawScreen, FIRST_STATE, type HostView, paintAnsi, statusWord, WITHOUT_KEYS } from "@bot-bottle/view"
import type { Host } from "../../host.ts"
import { followView } from "../../watch/read-view.ts"
import { terminalKind } from "../../watch/terminal-kind.ts"
import { untilInterrupted } from "../../watch/until-interrupted.ts"

const DRAW_EVERY_MS = 1_000

export async function runListWatch(host: Host): Promise<number> {
  using interrupt = untilInterrupted()
  if (host.screen.isTerminal) await watchInPlace(host, interrupt.signal)
  else await watchLines(host, interrupt.signal)
  return 0
}

async function watchInPlace(host: Host, signal: AbortSignal): Promise<void> {
  const { theme, guess, glyphs } = terminalKind(host.env, loadSettings(host.env.root).dashboard.theme)
  let view: HostView | undefined
  let shown = ""
  const draw = () => {
    if (view === undefined) return
    const { columns = 80, rows = 24 } = process.stdout
    const nowMs = Date.now()
    const zoneOffsetMs = -new Date(nowMs).getTimezoneOffset() * 60_000
    const state = { ...FIRST_STATE, keys: WITHOUT_KEYS }
    const screen = drawScreen({ view, state, nowMs, zoneOffsetMs, columns, rows, glyphs })
    // The last line is of keys; here there are none.
    const lines = paintAnsi(screen.lines.slice(0, -1), theme === "auto" ? guess : theme)
    const text = lines.map((line) => `${line}\x1b[K\r\n`).join("")
    if (text === shown) return
    shown = text
    host.screen.write(`\x1b[H${text}\x1b[J`)
  }
  host.screen.write("\x1b[?25l\x1b[2J")
  const timer = setInterval(draw, DRAW_EVERY_MS)
  try {
    await followView(host, {
      signal,
      onChange(next) {
        const isFirst = view === undefined || view.connection === "waiting"
        view = next
        if (isFirst) draw()
      },
    })
  } finally {
    clearInterval(timer)
    host.screen.write("\x1b[?25h")
  }
}

async function watchLines(host: Host, signal: AbortSignal): Promise<void> {
  const shown = new Map<string, string>()
  await followView(host, {
    signal,
    onChange(view) {
      if (view.trouble !== undefined) host.screen.note(`bot-bottle: warning: ${view.trouble.message}`)
      for (const run of view.runs.values()) {
        const [budget] = run.budgets
        const used =
          budget === undefined || budget.limit === null
            ? formatCounted(run.usage.charged_tokens, "token")
            : `${formatAmount(budget.provider, budget.used)} of ${formatAmount(budget.provider, budget.limit)}`
        const line = `${run.slug}  ${statusWord(run)}  ${used}  ${formatCount(run.denied)} denied  ${sanitizeLine(run.label)}`
        if (shown.get(run.slug) === line) continue
        shown.set(run.slug, line)
        host.screen.print(`${formatTime(Date.now())}  ${line}`)
      }
    },
  })
}
