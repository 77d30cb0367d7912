// `cutoff`: closes a run's egress at once. The agent keeps running; it just cannot reach
// anything. A proxy that does not answer is ended, which closes egress too.

import { killProcess, runFolders } from "@bot-bottle/bottle"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { tellProxy } from "../runs/control-socket.ts"
import { enforce } from "../runs/enforce.ts"
import { loadLiveRun } from "../runs/find-run.ts"

export async function runCutoff(host: Host, slug: string): Promise<number> {
  using ledger = await openHostLedger(host)
  const run = await loadLiveRun(ledger, slug)
  let told = `${slug}: egress closed`

  await enforce(ledger, { slug, kind: "cutoff", operator: host.env.operator }, async () => {
    const result = await tellProxy(runFolders(host.env.root, slug).egress, "cutoff")
    if (result.outcome === "silent" && run.proxy !== undefined) {
      killProcess(run.proxy)
      told = `${slug}: its proxy did not answer (${result.reason}) and was ended; egress is closed for good`
    }
    await ledger.updateRun(slug, { status: "cut" })
  })
  host.screen.print(told)
  return 0
}
