// The host's ledger, opened for one command: first it records the ends of runs that died,
// so that no command ever shows a dead run as running, and finishes their pending steps.

import { isProcessAlive, killProcess } from "@bot-bottle/kernel"
import {
  type Ledger,
  LedgerFull,
  LedgerUnavailable,
  type OpenLedgerOptions,
  openLedger,
  openLedgerSnapshot,
} from "@bot-bottle/ledger"
import { ensureHostRoot } from "@bot-bottle/manifest"
import { hasPendingBinds } from "@bot-bottle/run-state"
import type { ControlHost, HostEnv } from "./host.ts"
import { ledgerPath } from "./ledger-path.ts"
import { giveUpReserve, keepReserve } from "./ledger-reserve.ts"
import { resumeDue } from "./parking/resume-due.ts"
import { findSharedLedger } from "./shared-ledger.ts"
import { recoverPendingSteps } from "./shutdown/recover-pending-steps.ts"

export interface OpenHostLedger {
  /** `leave`: this process resumes parked runs itself, or one of them. */
  readonly parked: "resume" | "leave"
}

export async function openHostLedger(
  { env }: Pick<ControlHost, "env">,
  { parked }: OpenHostLedger = { parked: "resume" },
): Promise<Ledger> {
  ensureHostRoot(env.root)
  const ledger = await openLedger(ledgerPath(env.root), ledgerOptions(env))
  try {
    await sweepDead(ledger)
    // There is hardly ever one, and the library takes a while to load.
    if (hasPendingBinds(env.root)) await (await import("@bot-bottle/workspace")).recoverPendingBinds(env.root)
    await recoverPendingSteps(ledger, env)
    if (parked === "resume") await resumeDue(ledger, env)
    keepReserve(env.root)
    return ledger
  } catch (error) {
    await ledger.close()
    throw error
  }
}

/** For a command that ends runs or removes their files: on a full disk it uses the room that is kept for it. */
export async function openHostLedgerToFree(host: Pick<ControlHost, "env">): Promise<Ledger> {
  try {
    return await openHostLedger(host)
  } catch (error) {
    if (!(error instanceof LedgerFull) || !giveUpReserve(host.env.root)) throw error
    return await openHostLedger(host)
  }
}

/**
 * For a command that only reads: a full disk does not stop it. It then sees what the ledger holds, and the ends of dead
 * runs may not be in it yet, which `notify` is told.
 */
export async function openHostLedgerToRead(host: Pick<ControlHost, "env" | "notify">): Promise<Ledger> {
  try {
    return await openHostLedger(host)
  } catch (error) {
    if (!(error instanceof LedgerFull)) throw error
    host.notify({ kind: "ledger-behind", problem: error.message })
    return await openAsItIs(ledgerPath(host.env.root), ledgerOptions(host.env))
  }
}

/** Somebody who has it open has made the files that opening needs. */
async function openAsItIs(path: string, options: OpenLedgerOptions): Promise<Ledger> {
  return await openLedger(path, options).catch((error: unknown) => {
    if (error instanceof LedgerFull) return openLedgerSnapshot(path)
    throw error
  })
}

/** The proxy of a dead launcher may hang in the middle of a write, and keep every other writer out. */
async function sweepDead(ledger: Ledger): Promise<void> {
  const sweep = () => ledger.sweep({ host: ledger.host, isAlive: isProcessAlive })
  await sweep().catch(async (error: unknown) => {
    if (!(error instanceof LedgerUnavailable) || !(await endOrphanedProxies(ledger))) throw error
    await sweep()
  })
}

/** Whether there was one. */
async function endOrphanedProxies(ledger: Ledger): Promise<boolean> {
  const runs = await ledger.listRuns({ all: true })
  const orphans = runs
    .filter(({ host, launcher }) => host === ledger.host && !isProcessAlive(launcher))
    .flatMap(({ proxy }) => (proxy !== undefined && isProcessAlive(proxy) ? [proxy] : []))
  for (const proxy of orphans) killProcess(proxy)
  return orphans.length > 0
}

/** How this host's ledger is opened, shared or not. */
export function ledgerOptions(env: Pick<HostEnv, "root" | "find" | "findSecret">): OpenLedgerOptions {
  const shared = findSharedLedger(env)
  return shared === undefined ? {} : { shared: { ...shared, password: shared.password } }
}
