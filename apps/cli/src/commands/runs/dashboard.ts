// `dashboard`: every run live, and a key for every action. This process watches the host, runs
// the commands that the operator asks for and owns the terminal; another one draws.

import { OperatorProblem } from "@bot-bottle/contracts"
import { openDashboard } from "../../dashboard/open-dashboard.ts"
import type { Host } from "../../host.ts"
import { terminalKind } from "../../watch/terminal-kind.ts"

export interface DashboardFlags {
  readonly once?: boolean
}

export async function runDashboard(host: Host, flags: DashboardFlags, commands: readonly string[]): Promise<number> {
  if (flags.once === true) return printOnce(host)
  const term = host.env.find("TERM")
  if (!host.screen.isInteractive || term === undefined || term === "dumb") {
    throw new OperatorProblem("the dashboard needs a terminal", {
      hint: "bot-bottle list --watch; or one picture: bot-bottle dashboard --once",
    })
  }
  return openDashboard(host, commands)
}

/** One picture, for scripts and logs: as wide as the terminal, as high as it needs. */
async function printOnce(host: Host): Promise<number> {
  // Only here: the dashboard's first picture should not wait for them.
  const { readView } = await import("../../watch/read-view.ts")
  const { drawScreen, FIRST_STATE, paintAnsi, textOf, WITHOUT_KEYS } = await import("@bot-bottle/view")
  const { loadSettings } = await import("@bot-bottle/manifest")
  const view = await readView(host)
  const kind = terminalKind(host.env, loadSettings(host.env.root).dashboard.theme)
  const theme = !host.screen.isTerminal ? "plain" : kind.theme === "auto" ? kind.guess : kind.theme
  const nowMs = Date.now()
  const columns = host.screen.isTerminal ? host.screen.width : 140
  const rows = view.runs.size + 30
  const zoneOffsetMs = -new Date(nowMs).getTimezoneOffset() * 60_000
  const state = { ...FIRST_STATE, keys: WITHOUT_KEYS }
  const { lines } = drawScreen({ view, state, nowMs, zoneOffsetMs, columns, rows, glyphs: kind.glyphs })
  // Its last line is of keys; here there are none.
  const shown = lines.slice(0, -1)
  const last = shown.findLastIndex((line) => textOf(line).trim() !== "")
  for (const line of paintAnsi(shown.slice(0, last + 1), theme)) host.screen.print(line)
  return view.connection === "trouble" ? 1 : 0
}
