// `kill`: ends a run and everything in its bottle, whatever the agent ignores and whether or
// not its launcher still lives. Only the ledger and the metadata stay.

import { openBackend } from "@bot-bottle/bottle"
import { OperatorProblem, type Run } from "@bot-bottle/contracts"
import { isProcessAlive, killProcess } from "@bot-bottle/kernel"
import type { Ledger } from "@bot-bottle/ledger"
import type { Host } from "../host.ts"
import { openHostLedger } from "../host-ledger.ts"
import { closeEgress } from "../runs/close-egress.ts"
import { concludeShutdown } from "../runs/conclude-shutdown.ts"
import { isLive, loadRun } from "../runs/find-run.ts"
import { isGoneWithin } from "../runs/is-gone-within.ts"
import { readLaunchRecord } from "../runs/launch-record.ts"

/** A proxy settles what is open before it leaves; one that does not is ended. */
const PROXY_TIMEOUT_MS = 3_000
const LAUNCHER_TIMEOUT_MS = 3_000

export async function runKill(host: Host, slug: string): Promise<number> {
  await using ledger = await openHostLedger(host)
  const run = await loadRun(ledger, slug)
  if (run.status === "killed") {
    throw new OperatorProblem(`run '${slug}' is killed already`, { hint: "see 'bot-bottle list --all'" })
  }
  const actor = host.env.operator
  const id = await ledger.beginEnforcement({ slug, kind: "kill", trigger: "operator", actor })
  if (isLive(run)) await endEverything(ledger, host, run)
  await concludeShutdown({ root: host.env.root, ledger, slug, launcher: run.launcher })

  const step = (await ledger.listEnforcement(slug)).find((row) => row.id === id)
  if (step?.outcome === "failed")
    throw new OperatorProblem(`${slug} was not killed: ${step.error}`, { hint: "try again" })
  host.screen.print(`${slug}: killed`)
  return 0
}

async function endEverything(ledger: Ledger, host: Host, run: Run): Promise<void> {
  const closed = await closeEgress(ledger, host, run)
  const record = readLaunchRecord(host.env.root, run.slug)
  // Without the record the bottle still ends with its launcher, below.
  const bottle = record?.outcome === "parsed" ? record.message.bottle : undefined
  if (bottle !== undefined) await (await openBackend(run.backend, host.env)).kill(bottle)
  // One that hangs will not settle anything either.
  const proxyTimeoutMs = closed.outcome === "closed" ? PROXY_TIMEOUT_MS : 0
  if (run.proxy !== undefined && !(await isGoneWithin(run.proxy, proxyTimeoutMs))) killProcess(run.proxy)
  // It books the end and restores its terminal; one that hangs has nothing left to run.
  if (!(await isGoneWithin(run.launcher, LAUNCHER_TIMEOUT_MS))) killProcess(run.launcher)
  await ledger.sweep({ host: ledger.host, isAlive: isProcessAlive })
}
