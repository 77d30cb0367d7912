// Finishes the steps that dead processes left half done. Every command does this when it opens the
// ledger, so a step is carried out even if its process died.
//
//   INV-48  A recorded step is carried out by the run's launcher or, once that is dead, by the next
//           command on the host. No step stays pending for want of a process.

import { openBackend } from "@bot-bottle/bottle"
import { OperatorProblem, type Run, type Slug } from "@bot-bottle/contracts"
import { isProcessAlive, killProcess } from "@bot-bottle/kernel"
import type { EnforcementRow, Ledger } from "@bot-bottle/ledger"
import type { HostEnv } from "../host.ts"
import { findLaunchRecord } from "../launch/launch-record.ts"
import { concludeShutdown } from "./conclude-shutdown.ts"
import { isGoneWithin } from "./is-gone-within.ts"
import { wakeLauncher } from "./wake-launcher.ts"

/** An orphaned proxy is settling what was open; it leaves by itself. */
const PROXY_TIMEOUT_MS = 3_000
/** By then whoever began the step has told the launcher, or died before that. */
const WAKE_AFTER_MS = 2_000

type RecoveryEnv = Pick<HostEnv, "root" | "find">

export async function recoverPendingSteps(ledger: Ledger, env: RecoveryEnv): Promise<void> {
  const bySlug = Map.groupBy(await ledger.listPendingEnforcement(), ({ slug }) => slug)
  for (const [slug, steps] of bySlug) {
    const run = await ledger.findRun(slug)
    if (run === undefined) continue
    if (isProcessAlive(run.launcher)) remind(run, steps)
    else await unlessUnreachable(finishForDead(ledger, env, run))
  }
}

/** A backend that does not answer keeps this run's steps pending; it must not keep the operator from every command. */
async function unlessUnreachable(finishing: Promise<void>): Promise<void> {
  await finishing.catch((error: unknown) => {
    if (!(error instanceof OperatorProblem)) throw error
  })
}

/** For a run whose launcher is dead: nothing of it runs afterwards, and no step of it is open. */
export async function finishForDead(ledger: Ledger, env: RecoveryEnv, run: Run): Promise<void> {
  await stopLeftovers(ledger, env, run)
  await concludeShutdown({ root: env.root, ledger, slug: run.slug, launcher: run.launcher })
  await closeRest(ledger, run.slug)
}

async function stopLeftovers(ledger: Ledger, env: RecoveryEnv, run: Run): Promise<void> {
  const bottle = findLaunchRecord(env.root, run.slug)?.bottle
  if (bottle !== undefined) await (await openBackend(run.backend, env)).freeze(bottle)
  if (run.proxy !== undefined && !(await isGoneWithin(run.proxy, PROXY_TIMEOUT_MS))) killProcess(run.proxy)
  await ledger.sweep({ host: ledger.host, isAlive: isProcessAlive })
}

/** Egress is closed for good with the proxy dead: that is what a cutoff wanted and a restore did not. */
async function closeRest(ledger: Ledger, slug: Slug): Promise<void> {
  for (const { id, kind, outcome } of await ledger.listEnforcement(slug)) {
    if (outcome !== "pending") continue
    if (kind === "cutoff") await ledger.finishEnforcement(id, { outcome: "done" })
    if (kind === "restore") await ledger.finishEnforcement(id, { outcome: "failed", error: "the run ended first" })
  }
}

function remind(run: Run, steps: readonly EnforcementRow[]): void {
  const isLeft = steps.some(
    ({ kind, requestedAtMs }) => (kind === "freeze" || kind === "kill") && Date.now() - requestedAtMs > WAKE_AFTER_MS,
  )
  if (isLeft) wakeLauncher(run)
}
