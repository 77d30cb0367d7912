// `freeze`: stops a run so that it can be resumed. Its launcher does the work; one that is
// dead or hangs is done without.

import { OperatorProblem, type Run } from "@bot-bottle/contracts"
import { isProcessAlive, killProcess } from "@bot-bottle/kernel"
import type { EnforcementRow, Ledger } from "@bot-bottle/ledger"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { closeEgress } from "../runs/close-egress.ts"
import { loadLiveRun } from "../runs/find-run.ts"
import { isGoneWithin } from "../runs/is-gone-within.ts"
import { finishForDead } from "../runs/recover-pending-steps.ts"
import { wakeLauncher } from "../runs/wake-launcher.ts"
import { openProgress } from "../terminal/progress.ts"

/** More than all that a launcher waits for on the way. */
const LAUNCHER_TIMEOUT_MS = 10_000
const POLL_MS = 10

export async function runFreeze(host: Host, slug: string): Promise<number> {
  await using ledger = await openHostLedger(host)
  const run = await loadLiveRun(ledger, slug)
  const { outcome, error } = await freeze(host, ledger, run)
  if (outcome !== "done") {
    throw new OperatorProblem(`${slug} was not frozen: ${error ?? "its launcher did not get to it"}`, {
      hint: "see 'bot-bottle list --all'",
    })
  }
  host.screen.print(`${slug}: frozen; to continue: bot-bottle resume ${slug}`)
  return 0
}

async function freeze(host: Host, ledger: Ledger, run: Run): Promise<EnforcementRow> {
  const { slug } = run
  using progress = openProgress(host.screen)
  // First on record, so that it is finished even if this process is not.
  const id = await ledger.beginEnforcement({ slug, kind: "freeze", trigger: "operator", actor: host.env.operator })
  progress.say(`closing the egress of ${slug}`)
  await closeEgress(ledger, host, run)
  progress.say(`stopping ${slug}`)
  wakeLauncher(run)

  const step = await launcherFinishes(ledger, run, id)
  if (step.outcome !== "pending") return step
  progress.say(`stopping ${slug} without its launcher`)
  // With it go the bottle and the proxy.
  killProcess(run.launcher)
  await isGoneWithin(run.launcher, LAUNCHER_TIMEOUT_MS)
  await finishForDead(ledger, host.env, run)
  return loadStep(ledger, slug, id)
}

/** The step as it stands when it is over, the launcher is dead, or its time is up. */
async function launcherFinishes(ledger: Ledger, run: Run, id: number): Promise<EnforcementRow> {
  const deadline = Date.now() + LAUNCHER_TIMEOUT_MS
  for (;;) {
    // Asked before the ledger is: a launcher's last deed is to finish the step.
    const mayStillCome = isProcessAlive(run.launcher) && Date.now() < deadline
    const step = await loadStep(ledger, run.slug, id)
    if (step.outcome !== "pending" || !mayStillCome) return step
    await Bun.sleep(POLL_MS)
  }
}

async function loadStep(ledger: Ledger, slug: string, id: number): Promise<EnforcementRow> {
  const step = (await ledger.listEnforcement(slug)).find((row) => row.id === id)
  if (step === undefined) throw new Error(`Step ${id} of ${slug} is not in the ledger`)
  return step
}
