// Says what is missing or old in what was just shown of other hosts, and why.

import { formatAge, type Run, sanitizeLine } from "@bot-bottle/contracts"
import { isLive } from "@bot-bottle/control"
import type { Ledger } from "@bot-bottle/ledger"
import type { Host } from "./host.ts"

/** A host with a live run reports every 15 s, as long as it can reach the database. */
const SILENT_MS = 60_000

/** Nobody else can tell whether the runs of a silent host still run: they are shown as they were last known. */
export async function noteSilentHosts(
  { screen }: Pick<Host, "screen">,
  { fleet, host }: Pick<Ledger, "fleet" | "host">,
  runs: readonly Run[],
): Promise<void> {
  const elsewhere = new Set(runs.filter((run) => run.host !== host && isLive(run)).map((run) => run.host))
  if (fleet === undefined || fleet.trouble !== undefined || elsewhere.size === 0) return
  for (const { id, lastSeenMs } of await fleet.listHosts()) {
    const silentMs = Date.now() - lastSeenMs
    if (!elsewhere.has(id) || silentMs < SILENT_MS) continue
    screen.note(
      `bot-bottle: warning: ${sanitizeLine(id)} was last seen ${formatAge(silentMs)} ago; its runs are shown as they were then`,
    )
  }
}

export function noteTrouble({ screen }: Pick<Host, "screen">, { fleet }: Pick<Ledger, "fleet">): void {
  if (fleet?.trouble === undefined) return
  screen.note(`bot-bottle: warning: ${fleet.trouble.message}; only what this host knows is shown`)
}
