// The host's ledger, opened for one command: first it closes the books of runs that died,
// so that no command ever shows a dead run as running, and finishes what they left half done.

import { join } from "node:path"
import { isProcessAlive } from "@bot-bottle/kernel"
import { type Ledger, openLedger } from "@bot-bottle/ledger"
import { ensureHostRoot } from "@bot-bottle/manifest"
import { hasPendingBinds } from "@bot-bottle/run-state"
import type { Host } from "./host.ts"
import { finishLeftSteps } from "./runs/finish-left-steps.ts"

export async function openHostLedger({ env }: Pick<Host, "env">): Promise<Ledger & Disposable> {
  ensureHostRoot(env.root)
  const ledger = openLedger(ledgerPath(env.root))
  await ledger.sweep(isProcessAlive)
  // Hardly ever is there one, and the library takes a while to load.
  if (hasPendingBinds(env.root)) await (await import("@bot-bottle/workspace")).finishLeftBinds(env.root)
  await finishLeftSteps(ledger, env)
  return Object.assign(ledger, { [Symbol.dispose]: () => ledger.close() })
}

export function ledgerPath(root: string): string {
  return join(root, "bot-bottle.db")
}
