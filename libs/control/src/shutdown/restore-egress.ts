// Opens a run's egress again after a cutoff, unless its budget is still gone.

import { OperatorProblem, runFolders, type Slug } from "@bot-bottle/contracts"
import type { Ledger } from "@bot-bottle/ledger"
import { requestProxy } from "../client/control-socket.ts"
import { loadLiveRun, type RunFinder } from "../client/find-run.ts"
import type { HostEnv } from "../host.ts"
import { findLaunchRecord } from "../launch/launch-record.ts"
import { checkBudgetsLeft, loadLaunchBudgets } from "../resolve/launch-budgets.ts"
import { enforce } from "./enforce.ts"

/** Throws OperatorProblem when it cannot be opened. */
export async function restoreEgress(ledger: Ledger, { root, operator }: HostEnv, slug: Slug): Promise<void> {
  const run = await loadLiveRun(ledger, slug)
  const budgets = findLaunchRecord(root, slug)?.budgets
  if (budgets !== undefined) checkBudgetsLeft(await loadLaunchBudgets(ledger, budgets, run.meters))
  await enforce(ledger, { slug, kind: "restore", operator }, async () => {
    const result = await requestProxy(runFolders(root, slug).egress, "restore")
    if (result.outcome === "silent") {
      throw new OperatorProblem(`${slug}: its proxy does not answer (${result.reason}); egress stays closed`, {
        hint: `end the run with 'bot-bottle kill ${slug}'`,
      })
    }
    await markOpen(ledger, slug)
  })
}

/** Throws OperatorProblem when the run ended, or was frozen or killed, while its proxy was being asked. */
async function markOpen(ledger: RunFinder, slug: Slug): Promise<void> {
  for (;;) {
    const run = await loadLiveRun(ledger, slug)
    if (run.status === "running" || (await ledger.updateRunAsSeen(run, { status: "running" }))) return
  }
}
