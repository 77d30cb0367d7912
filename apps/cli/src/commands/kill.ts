// `kill`: ends a run and everything in its bottle, whatever the agent ignores and whether or
// not its launcher still lives. Only the ledger and the metadata stay.

import { createBwrapBackend, isProcessAlive, killProcess, runFolders } from "@bot-bottle/bottle"
import type { ProcessIdentity } from "@bot-bottle/contracts"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { tellProxy } from "../runs/control-socket.ts"
import { enforce } from "../runs/enforce.ts"
import { loadLiveRun } from "../runs/find-run.ts"
import { findLaunchRecord } from "../runs/launch-record.ts"
import { removeRunFiles } from "../runs/remove-run-files.ts"

/** A proxy settles what is open before it leaves; one that does not is ended. */
const PROXY_PATIENCE_MS = 3_000
const LAUNCHER_PATIENCE_MS = 3_000
const POLL_MS = 10

export async function runKill(host: Host, slug: string): Promise<number> {
  const { env, screen } = host
  using ledger = await openHostLedger(host)
  const run = await loadLiveRun(ledger, slug)

  await enforce(ledger, { slug, kind: "kill", operator: env.operator }, async () => {
    // First, so that the launcher books the end it is about to see as ours.
    await ledger.updateRun(slug, { status: "killed", endReason: "killed" })
    const told = await tellProxy(runFolders(env.root, slug).egress, "cutoff")

    const bottle = findLaunchRecord(env.root, slug)?.bottle
    if (bottle !== undefined) await createBwrapBackend().kill(bottle)
    // One that hangs will not settle anything either.
    const proxyPatienceMs = told.outcome === "answered" ? PROXY_PATIENCE_MS : 0
    if (run.proxy !== undefined && !(await isGoneWithin(run.proxy, proxyPatienceMs))) killProcess(run.proxy)
    // It books the end and restores its terminal; one that hangs has nothing left to run.
    if (!(await isGoneWithin(run.launcher, LAUNCHER_PATIENCE_MS))) killProcess(run.launcher)
    await ledger.sweep(isProcessAlive)
    const ended = await ledger.findRun(slug)
    if (ended?.endedAtMs === undefined) await ledger.updateRun(slug, { endedAtMs: Date.now(), exitCode: 137 })
    removeRunFiles(env.root, slug)
  })
  screen.print(`${slug}: killed`)
  return 0
}

async function isGoneWithin(process: ProcessIdentity, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs
  while (isProcessAlive(process)) {
    if (Date.now() > deadline) return false
    await Bun.sleep(POLL_MS)
  }
  return true
}
