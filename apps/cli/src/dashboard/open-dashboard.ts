// The dashboard while it is open: a screen, started again once if it dies, and the operator's
// terminal as it was at the end, whatever ended the screen: SIGKILL and a segmentation fault
// included.

import type { ScreenPlace } from "@bot-bottle/contracts"
import type { Host } from "../host.ts"
import { createEnding } from "./ending.ts"
import { showScreen } from "./show-screen.ts"
import { keepTerminal } from "./terminal-keeper.ts"

/** A screen that dies twice within this is not started again. */
const CRASH_LOOP_MS = 10_000

/**
 * `commands`: those of this build, by name. An action without its command is not offered. Throws OperatorProblem for
 * settings that cannot be used.
 */
export async function openDashboard(host: Host, commands: readonly string[]): Promise<number> {
  using ending = createEnding()
  const terminal = keepTerminal()
  let place: ScreenPlace | null = null
  let diedAtMs = Number.NEGATIVE_INFINITY
  for (;;) {
    const shown = await showScreen({ host, commands, terminal, place, ending })
    if (shown.hasQuit || ending.signal.aborted) return 0
    const now = performance.now()
    if (now - diedAtMs < CRASH_LOOP_MS) {
      host.screen.note(`bot-bottle: error: the screen of the dashboard ended twice, with exit code ${shown.exitCode}`)
      host.screen.note("bot-bottle: hint: see your runs without it: bot-bottle list --watch")
      return 1
    }
    diedAtMs = now
    place = shown.place
  }
}
