// `restore`: opens a run's egress again after a cutoff, unless its budget is still gone.

import { OperatorProblem, runFolders } from "@bot-bottle/contracts"
import type { RunsLedger } from "@bot-bottle/ledger"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { checkBudgetsLeft, loadLaunchBudgets } from "../launch/launch-budgets.ts"
import { tellProxy } from "../runs/control-socket.ts"
import { enforce } from "../runs/enforce.ts"
import { loadLiveRun } from "../runs/find-run.ts"
import { findLaunchRecord } from "../runs/launch-record.ts"

export async function runRestore(host: Host, slug: string): Promise<number> {
  await using ledger = await openHostLedger(host)
  const run = await loadLiveRun(ledger, slug)
  const budgets = findLaunchRecord(host.env.root, slug)?.budgets
  if (budgets !== undefined) checkBudgetsLeft(await loadLaunchBudgets(ledger, budgets, run.meters))

  await enforce(ledger, { slug, kind: "restore", operator: host.env.operator }, async () => {
    const result = await tellProxy(runFolders(host.env.root, slug).egress, "restore")
    if (result.outcome === "silent") {
      throw new OperatorProblem(`${slug}: its proxy does not answer (${result.reason}); egress stays closed`, {
        hint: `end the run with 'bot-bottle kill ${slug}'`,
      })
    }
    await markOpen(ledger, slug)
  })
  host.screen.print(`${slug}: egress open`)
  return 0
}

/** Throws OperatorProblem when the run ended, or was frozen or killed, while its proxy was being asked. */
async function markOpen(ledger: RunsLedger, slug: string): Promise<void> {
  for (;;) {
    const run = await loadLiveRun(ledger, slug)
    if (run.status === "running" || (await ledger.updateRunAsSeen(run, { status: "running" }))) return
  }
}
