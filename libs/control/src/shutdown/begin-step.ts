// Puts an operator's shutdown of a run on record, also when the run's own proxy keeps the ledger
// locked. A proxy that stops or hangs inside a transaction holds the host's only write lock.
//
// Every shutdown ends such a proxy anyway, and its end closes egress. A proxy that answers is not the
// holder of the lock: it stays, and the ledger says why it cannot be written.

import { type Run, runFolders } from "@bot-bottle/contracts"
import { killProcess } from "@bot-bottle/kernel"
import type { EnforcementAction, Ledger } from "@bot-bottle/ledger"
import { requestProxy } from "../client/control-socket.ts"
import type { HostEnv } from "../host.ts"

/** Writers take turns of a few milliseconds. */
const TURN_TIMEOUT_MS = 1_000

/** The step's id. Throws LedgerUnavailable when it cannot be recorded. */
export async function beginStep(
  ledger: Pick<Ledger, "beginEnforcement">,
  { root, operator }: Pick<HostEnv, "root" | "operator">,
  run: Run,
  kind: Exclude<EnforcementAction["kind"], "restore">,
): Promise<number> {
  const begun = ledger.beginEnforcement({ slug: run.slug, kind, trigger: "operator", actor: operator })
  if (await isOverWithin(begun, TURN_TIMEOUT_MS)) return await begun
  const told = await requestProxy(runFolders(root, run.slug).egress, "status")
  if (told.outcome === "silent" && run.proxy !== undefined) killProcess(run.proxy)
  return await begun
}

/** However it ends: the caller awaits it again. */
async function isOverWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), timeoutMs)
  const over = work.then(
    () => true,
    () => true,
  )
  try {
    return await Promise.race([over, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
