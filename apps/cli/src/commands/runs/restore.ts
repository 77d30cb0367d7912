// `restore`: opens a run's egress again after a cutoff, unless its budget is still gone.

import type { Slug } from "@bot-bottle/contracts"
import { openRun } from "@bot-bottle/control"
import { controlHost } from "../../control-host.ts"
import type { Host } from "../../host.ts"

export async function runRestore(host: Host, slug: Slug): Promise<number> {
  await openRun(controlHost(host), slug).restore()
  host.screen.print(`${slug}: network restored`)
  return 0
}
