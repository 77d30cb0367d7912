// `kill`: ends a run and everything in its bottle. Only the ledger and the metadata stay.

import type { Slug } from "@bot-bottle/contracts"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../control-host.ts"
import type { Host } from "../host.ts"

export async function runKill(host: Host, slug: Slug): Promise<number> {
  await openRun(controlHost(host), slug).kill()
  host.screen.print(`${slug}: killed`)
  return 0
}
