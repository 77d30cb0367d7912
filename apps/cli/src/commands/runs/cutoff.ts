// `cutoff`: closes a run's egress at once. The agent keeps running; it just cannot reach
// anything.

import type { Slug } from "@bot-bottle/contracts"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"

export async function runCutoff(host: Host, slug: Slug): Promise<number> {
  const closed = await openRun(controlHost(host), slug).cutoff()
  host.screen.print(
    closed.outcome === "closed"
      ? `${slug}: network cut off`
      : `${slug}: its proxy did not answer (${closed.reason}) and was ended; egress is closed for good`,
  )
  return 0
}
