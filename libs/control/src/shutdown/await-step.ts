// Waits for a run's launcher to carry out a step that is on record.
//
// A launcher may drive several runs, so its own end says nothing about one of them: only the
// ledger does, and the launcher's death.

import type { Run, Slug } from "@bot-bottle/contracts"
import { isProcessAlive } from "@bot-bottle/kernel"
import type { EnforcementRow, Ledger } from "@bot-bottle/ledger"
import { isLive } from "../client/find-run.ts"

const POLL_MS = 10

/** The step as it stands when it is over, the launcher is dead, or the time is up. */
export async function awaitStep(
  ledger: Ledger,
  { slug, launcher }: Run,
  id: number,
  timeoutMs: number,
): Promise<EnforcementRow> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    // Asked before the ledger is: a launcher's last deed is to finish the step.
    const mayStillCome = isProcessAlive(launcher) && Date.now() < deadline
    const step = await loadStep(ledger, slug, id)
    if (step.outcome !== "pending" || !mayStillCome) return step
    await Bun.sleep(POLL_MS)
  }
}

export async function loadStep(ledger: Ledger, slug: Slug, id: number): Promise<EnforcementRow> {
  const step = (await ledger.listEnforcement(slug)).find((row) => row.id === id)
  if (step === undefined) throw new Error(`Step ${id} of ${slug} is not in the ledger`)
  return step
}

/** Whether its launcher drives other runs, which would end with it. */
export async function drivesOthers(ledger: Ledger, { slug, launcher }: Run): Promise<boolean> {
  const runs = await ledger.listRuns({ all: false })
  return runs.some((other) => other.slug !== slug && other.launcher === launcher && isLive(other))
}
