// Says that other hosts' runs are missing from what was just shown, and why.

import type { Ledger } from "@bot-bottle/ledger"
import type { Host } from "./host.ts"

export function noteTrouble({ screen }: Pick<Host, "screen">, { fleet }: Pick<Ledger, "fleet">): void {
  if (fleet?.trouble === undefined) return
  screen.note(`bot-bottle: warning: ${fleet.trouble.message}; only what this host knows is shown`)
}
