// `cutoff`: closes a run's egress at once. The agent keeps running; it just cannot reach
// anything.

import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { closeEgress } from "../runs/close-egress.ts"
import { loadLiveRun } from "../runs/find-run.ts"

export async function runCutoff(host: Host, slug: string): Promise<number> {
  await using ledger = await openHostLedger(host)
  const closed = await closeEgress(ledger, host, await loadLiveRun(ledger, slug))
  host.screen.print(
    closed.outcome === "closed"
      ? `${slug}: egress closed`
      : `${slug}: its proxy did not answer (${closed.reason}) and was ended; egress is closed, and the run has ended`,
  )
  return 0
}
