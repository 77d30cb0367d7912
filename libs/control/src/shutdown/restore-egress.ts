// Opens a run's egress again after a cutoff, unless its budget is still gone.

import { OperatorProblem, runFolders, type Slug } from "@bot-bottle/contracts"
import { type Ledger, LedgerUnavailable } from "@bot-bottle/ledger"
import { findProvider } from "@bot-bottle/providers"
import { type ControlResult, requestProxy } from "../client/control-socket.ts"
import { loadLiveRun } from "../client/find-run.ts"
import type { HostEnv } from "../host.ts"
import { findLaunchRecord } from "../launch/launch-record.ts"
import { checkBudgetsLeft, loadLaunchBudgets } from "../resolve/budgets/launch-budgets.ts"
import { enforce } from "./enforce.ts"

/** Throws OperatorProblem when it cannot be opened. */
export async function restoreEgress(ledger: Ledger, { root, operator }: HostEnv, slug: Slug): Promise<void> {
  const run = await loadLiveRun(ledger, slug)
  const budgets = findLaunchRecord(root, slug)?.budgets
  if (budgets !== undefined)
    checkBudgetsLeft(await loadLaunchBudgets(ledger, budgets, run.meters), findProvider(run.provider))
  const { egress } = runFolders(root, slug)
  const begun = ledger.beginEnforcement({ slug, kind: "restore", trigger: "operator", actor: operator })
  const id = await begun.catch(async (error: unknown) => {
    // A proxy that hangs inside a write is why the ledger is locked, and the more useful answer.
    if (error instanceof LedgerUnavailable) requireAnswer(slug, await requestProxy(egress, "status"))
    throw error
  })
  await enforce(ledger, id, async () => {
    const result = await requestProxy(egress, "restore")
    requireAnswer(slug, result)
    if (result.outcome === "answered" && result.status.egress === "cut")
      throw new OperatorProblem(`${slug}: the lease on its job was not renewed in time; egress stays closed`, {
        hint: "see 'bot-bottle worker --jobs': another host may run the job",
      })
    await markOpen(ledger, slug)
  })
}

function requireAnswer(slug: Slug, result: ControlResult): void {
  if (result.outcome === "answered") return
  throw new OperatorProblem(`${slug}: its proxy does not answer (${result.reason}); egress stays closed`, {
    hint: `end the run with 'bot-bottle kill ${slug}'`,
  })
}

/** Throws OperatorProblem when the run ended, or was frozen or killed, while its proxy was being asked. */
async function markOpen(ledger: Ledger, slug: Slug): Promise<void> {
  for (;;) {
    const run = await loadLiveRun(ledger, slug)
    if (run.status === "running" || (await ledger.updateRunAsSeen(run, { status: "running" }))) return
  }
}
