// Ends a run and everything in its bottle, whatever the agent ignores and whether or not its
// launcher still lives. Only the ledger and the metadata stay.

import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { openBackend } from "@bot-bottle/bottle"
import { OperatorProblem, type Run, runFolders, type Slug } from "@bot-bottle/contracts"
import { ifThere, isProcessAlive, killProcess } from "@bot-bottle/kernel"
import { type Ledger, LedgerUnavailable } from "@bot-bottle/ledger"
import { isLive, loadRun } from "../client/find-run.ts"
import type { ControlHost } from "../host.ts"
import { readLaunchRecord } from "../launch/launch-record.ts"
import { awaitStep, drivesOthers, loadStep } from "./await-step.ts"
import { beginStep } from "./begin-step.ts"
import { closeEgress } from "./close-egress.ts"
import { concludeShutdown } from "./conclude-shutdown.ts"
import { isGoneWithin } from "./is-gone-within.ts"

/** A proxy settles open requests before it leaves; one that does not is ended. */
const PROXY_TIMEOUT_MS = 3_000
const LAUNCHER_TIMEOUT_MS = 3_000

/** Throws OperatorProblem when it was not killed. */
export async function killRun(host: ControlHost, ledger: Ledger, slug: Slug): Promise<void> {
  const run = await loadRun(ledger, slug)
  if (run.status === "killed") {
    throw new OperatorProblem(`run '${slug}' is killed already`, { hint: "see 'bot-bottle list --all'" })
  }
  const { root } = host.env
  const begin = () => beginStep(ledger, host.env, run, "kill")
  const id = await begin().catch(async (error: unknown) => {
    if (!(error instanceof LedgerUnavailable) || !isLive(run)) throw error
    await endUnrecorded(host, run)
    return await begin()
  })
  if (isLive(run)) await endEverything(ledger, host, run, id)
  await concludeShutdown({ root, ledger, slug, launcher: run.launcher })
  const { outcome, error } = await loadStep(ledger, slug, id)
  if (outcome === "failed") throw new OperatorProblem(`${slug} was not killed: ${error}`, { hint: "try again" })
}

/**
 * The ledger cannot be written, often because this very run has filled the disk. It is ended all the
 * same, and what only a running bottle needs is removed: room for the ledger's row.
 */
async function endUnrecorded(host: ControlHost, run: Run): Promise<void> {
  if (run.proxy !== undefined) killProcess(run.proxy)
  await endBottle(host, run)
  const { guestShare } = runFolders(host.env.root, run.slug)
  for (const name of ifThere(() => readdirSync(guestShare)) ?? [])
    rmSync(join(guestShare, name), { recursive: true, force: true })
}

/** Without its record the bottle still ends with its launcher. */
async function endBottle({ env }: ControlHost, run: Run): Promise<void> {
  const record = readLaunchRecord(env.root, run.slug)
  const bottle = record?.outcome === "parsed" ? record.message.bottle : undefined
  if (bottle !== undefined) await (await openBackend(run.backend, env)).kill(bottle)
}

async function endEverything(ledger: Ledger, host: ControlHost, run: Run, id: number): Promise<void> {
  const closed = await closeEgress(ledger, host, run)
  await endBottle(host, run)
  // A proxy that hangs will not settle anything either.
  const proxyTimeoutMs = closed.outcome === "closed" ? PROXY_TIMEOUT_MS : 0
  if (run.proxy !== undefined && !(await isGoneWithin(run.proxy, proxyTimeoutMs))) killProcess(run.proxy)
  // The launcher records the end and restores its terminal. A hung one has nothing left to run.
  const step = await awaitStep(ledger, run, id, LAUNCHER_TIMEOUT_MS)
  if (step.outcome !== "pending" || (await drivesOthers(ledger, run))) return
  if (!(await isGoneWithin(run.launcher, LAUNCHER_TIMEOUT_MS))) killProcess(run.launcher)
  await ledger.sweep({ host: ledger.host, isAlive: isProcessAlive })
}
