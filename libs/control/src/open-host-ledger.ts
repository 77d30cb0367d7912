// The host's ledger, opened for one command. First it records the ends of runs that died, so that
// no command ever shows a dead run as running. Then it finishes their pending steps.

import { lstatSync } from "node:fs"
import { isProcessAlive, killProcess } from "@bot-bottle/kernel"
import {
  type Ledger,
  LedgerFull,
  LedgerUnavailable,
  type OpenLedgerOptions,
  openEmptyLedger,
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
  /** `leave`: this process resumes parked runs itself, or one of them, or opens the ledger again. */
  readonly parked: "resume" | "leave"
}

/** A database that lets connections wait is named before they are given up. */
const SLOW_MS = 2_000

export async function openHostLedger(
  host: Pick<ControlHost, "env" | "notify">,
  options: OpenHostLedger = { parked: "resume" },
): Promise<Ledger> {
  ensureHostRoot(host.env.root)
  const ledgerIs = ledgerOptions(host.env)
  return await namingSlowLedger(host, () => openSwept(host.env, ledgerIs, options))
}

/** `notify` is told when `use` of a shared ledger takes long: also an open ledger connects no sooner than it has to. */
export async function namingSlowLedger<T>(
  { env, notify }: Pick<ControlHost, "env" | "notify">,
  use: () => Promise<T>,
): Promise<T> {
  const { shared } = ledgerOptions(env)
  if (shared === undefined) return await use()
  const where = shownAddress(shared.url)
  const slow = setTimeout(() => notify({ kind: "ledger-slow", where }), SLOW_MS)
  try {
    return await use()
  } finally {
    clearTimeout(slow)
  }
}

/** Without what may be a password. */
function shownAddress(text: string): string {
  if (!URL.canParse(text)) return "of an invalid address"
  const { host, pathname } = new URL(text)
  return `${host}${pathname}`
}

async function openSwept(env: HostEnv, ledgerIs: OpenLedgerOptions, { parked }: OpenHostLedger): Promise<Ledger> {
  const ledger = await openLedger(ledgerPath(env.root), ledgerIs)
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

/**
 * For a command that ends runs or removes their files: on a full disk it uses the room that is kept for it. Where there
 * is no host folder there are no runs, and the command only reads.
 */
export async function openHostLedgerToFree(host: Pick<ControlHost, "env" | "notify">): Promise<Ledger> {
  if (hasNoLedger(host.env)) return await openEmptyLedger()
  try {
    return await openHostLedger(host)
  } catch (error) {
    if (!(error instanceof LedgerFull) || !giveUpReserve(host.env.root)) throw error
    return await openHostLedger(host)
  }
}

/**
 * For a command that only reads: it makes no host folder, and a full disk does not stop it. It then sees what the ledger
 * holds, and the ends of dead runs may not be in it yet, which `notify` is told.
 */
export async function openHostLedgerToRead(
  host: Pick<ControlHost, "env" | "notify">,
  options: OpenHostLedger = { parked: "resume" },
): Promise<Ledger> {
  if (hasNoLedger(host.env)) return await openEmptyLedger()
  try {
    return await openHostLedger(host, options)
  } catch (error) {
    if (!(error instanceof LedgerFull)) throw error
    host.notify({ kind: "ledger-behind", problem: error.message })
    return await openAsItIs(ledgerPath(host.env.root), ledgerOptions(host.env))
  }
}

/** Only the whole folder says so: a ledger whose file is gone from it may have left the head of its audit behind. */
function hasNoLedger(env: HostEnv): boolean {
  return ledgerOptions(env).shared === undefined && isMissing(env.root)
}

function isMissing(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    return false // a file is in the way: creating the folder says so
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
