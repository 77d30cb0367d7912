// Freezes a run so that it can be resumed. Its launcher does the work. If the launcher is dead or
// hung, this process acts without it.

import { openBackend } from "@bot-bottle/bottle"
import { OperatorProblem, type Run, type Slug } from "@bot-bottle/contracts"
import { killProcess } from "@bot-bottle/kernel"
import type { EnforcementRow, Ledger } from "@bot-bottle/ledger"
import { loadLiveRun } from "../client/find-run.ts"
import type { ShutdownStep } from "../events.ts"
import type { ControlHost } from "../host.ts"
import { findLaunchRecord } from "../launch/launch-record.ts"
import { awaitStep, drivesOthers, loadStep } from "./await-step.ts"
import { beginStep } from "./begin-step.ts"
import { closeEgress } from "./close-egress.ts"
import { isGoneWithin } from "./is-gone-within.ts"
import { finishForDead } from "./recover-pending-steps.ts"
import { wakeLauncher } from "./wake-launcher.ts"

/** More than all that a launcher waits for on the way. */
const LAUNCHER_TIMEOUT_MS = 12_000

/** Throws OperatorProblem when it was not frozen. */
export async function freezeRun(host: ControlHost, ledger: Ledger, slug: Slug): Promise<void> {
  const run = await loadLiveRun(ledger, slug)
  const { outcome, error } = await freeze(host, ledger, run)
  if (outcome === "done") return
  throw new OperatorProblem(`${slug} was not frozen: ${error ?? "its launcher did not get to it"}`, {
    hint: "see 'bot-bottle list --all'",
  })
}

async function freeze(host: ControlHost, ledger: Ledger, run: Run): Promise<EnforcementRow> {
  const { slug } = run
  const tell = (step: ShutdownStep) => host.notify({ kind: "shutdown-step", slug, step })
  // First on record, so that it is finished even if this process is not.
  const id = await beginStep(ledger, host.env, run, "freeze")
  try {
    tell("closing-egress")
    await closeEgress(ledger, host, run)
    tell("stopping")
    wakeLauncher(run)
    const step = await awaitStep(ledger, run, id, LAUNCHER_TIMEOUT_MS)
    if (step.outcome !== "pending") return step
    tell("stopping-without-launcher")
    if (await drivesOthers(ledger, run)) {
      // Its launcher sees the bottle end, and concludes the step.
      const bottle = findLaunchRecord(host.env.root, slug)?.bottle
      if (bottle !== undefined) await (await openBackend(run.backend, host.env)).freeze(bottle)
      return await awaitStep(ledger, run, id, LAUNCHER_TIMEOUT_MS)
    }
    // With it go the bottle and the proxy.
    killProcess(run.launcher)
    await isGoneWithin(run.launcher, LAUNCHER_TIMEOUT_MS)
    await finishForDead(ledger, host.env, run)
    return await loadStep(ledger, slug, id)
  } finally {
    tell("done")
  }
}
